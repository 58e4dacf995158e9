import { addArchiveError, ArchiveRefused } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import { quote } from '../quote.ts'

/** What a PAX block (POSIX.1-2017, pax, "Extended Header") may change for us. */
export interface PaxRecords {
  path?: string
  size?: string
}

/** Times, owners and counts that common writers note; they change nothing in what is read. */
const HARMLESS_KEYS = new Set([
  'path',
  'size',
  'mtime',
  'atime',
  'ctime',
  'uid',
  'gid',
  'uname',
  'gname',
  'LIBARCHIVE.creationtime',
  'SCHILY.dev',
  'SCHILY.ino',
  'SCHILY.nlink',
])

const SPACE = 0x20
const NEWLINE = 0x0a
/** A block has at most 16 KiB. */
const MAX_LENGTH_DIGITS = 5

/**
 * Reads the records `length key=value\n` of one PAX block, which must fill it exactly.
 * @throws ArchiveRefused where the records cannot be told apart.
 */
export function readPax(block: Buffer, log: CheckLog): PaxRecords {
  const records = new Map<string, string>()
  let cursor = 0
  while (cursor < block.length) {
    const end = cursor + recordBytes(block, cursor)
    const start = block.indexOf(SPACE, cursor) + 1
    const equals = block.indexOf('=', start)
    if (end > block.length || block[end - 1] !== NEWLINE || equals <= start || equals >= end) throw broken()
    const key = decode(block.subarray(start, equals))
    if (records.has(key)) throw broken()
    records.set(key, decode(block.subarray(equals + 1, end - 1)))
    cursor = end
  }
  checkKeys(records, log)
  const path = records.get('path')
  const size = records.get('size')
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size }) }
}

function recordBytes(block: Buffer, at: number): number {
  const digits = /^[1-9][0-9]* /.exec(block.toString('latin1', at, at + MAX_LENGTH_DIGITS + 1))
  if (!digits) throw broken()
  return Number.parseInt(digits[0], 10)
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    const message = 'A PAX record of the tar is not UTF-8. Pack with UTF-8 names.'
    throw new ArchiveRefused('archive.path.encoding', message)
  }
}

function checkKeys(records: Map<string, string>, log: CheckLog): void {
  for (const key of records.keys()) {
    if (key === 'linkpath') {
      addArchiveError(
        log,
        'archive.type.symlink',
        'A PAX record names the target of a link. Pack files only.',
      )
    } else if (!HARMLESS_KEYS.has(key)) {
      const message = `The tar has PAX records of an unknown kind, ${quote(key)}. Pack it without (no xattrs, no ACLs).`
      addArchiveError(log, 'archive.tar.pax', message)
    }
  }
}

function broken(): ArchiveRefused {
  return new ArchiveRefused('archive.tar.pax', 'A PAX block of the tar is damaged. Pack the MPK anew.')
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
