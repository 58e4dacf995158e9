import { addArchiveError } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import { quote } from '../quote.ts'

const ZIP64 = 0x0001
const STRONG_ENCRYPTION = 0x0017
const AES = 0x9901
const UNICODE_PATH = 0x7075
/** Version and CRC of the name stand before the name itself (APPNOTE.TXT 4.6.9). */
const UNICODE_PATH_PREFIX_BYTES = 5
const FIELD_HEADER_BYTES = 4

/** What common writers note, with the most bytes that it takes; it changes nothing in what is read. */
const HARMLESS_BYTES = new Map<number, number>([
  // Times of NTFS: 7-Zip, WinRAR.
  [0x000a, 36],
  // Times and owner of PKWARE's Unix; behind them would stand the target of a link.
  [0x000d, 12],
  // Times of Unix: Info-ZIP, Go, Java, macOS.
  [0x5455, 13],
  // Times and owner of Info-ZIP, first and second form: macOS.
  [0x5855, 12],
  [0x7855, 4],
  // Owner: Info-ZIP, macOS.
  [0x7875, 24],
  // "This is a JAR."
  [0xcafe, 0],
])

/**
 * Extra fields of a header must be whole and known, and may say nothing that would change how the entry is read. The
 * first that does is told: one header has room for 16,000.
 */
export function checkExtraFields(
  fields: Buffer,
  entry: { path: string; nameBytes: Buffer },
  log: CheckLog,
): void {
  const seen = new Set<number>()
  let cursor = 0
  while (cursor < fields.length) {
    const start = cursor + FIELD_HEADER_BYTES
    const end = start > fields.length ? Infinity : start + fields.readUInt16LE(cursor + 2)
    if (end > fields.length) {
      const message = `The extra fields of ${quote(entry.path)} are cut off. Pack the ZIP anew.`
      return addArchiveError(log, 'archive.zip.extra-field', message, entry.path)
    }
    const id = fields.readUInt16LE(cursor)
    if (seen.has(id)) {
      const message = `${quote(entry.path)} has an extra field twice, ${hex(id)}. Pack the ZIP anew.`
      return addArchiveError(log, 'archive.zip.extra-field', message, entry.path)
    }
    seen.add(id)
    if (!isHarmless(id, fields.subarray(start, end), entry, log)) return
    cursor = end
  }
}

function isHarmless(
  id: number,
  data: Buffer,
  { path, nameBytes }: { path: string; nameBytes: Buffer },
  log: CheckLog,
): boolean {
  if (id === ZIP64) {
    const message = `${quote(path)} uses ZIP64, which only files over 4 GiB need. Pack it without.`
    addArchiveError(log, 'archive.zip.zip64', message, path)
    return false
  }
  if (id === STRONG_ENCRYPTION || id === AES) {
    const message = `${quote(path)} is encrypted. Pack it without a password.`
    addArchiveError(log, 'archive.encrypted', message, path)
    return false
  }
  if (id === UNICODE_PATH) {
    const other = data.subarray(UNICODE_PATH_PREFIX_BYTES)
    if (other.equals(nameBytes)) return true
    const message = `${quote(path)} has a second name, ${quote(other.toString('utf8', 0, 80))}. Pack it with one name.`
    addArchiveError(log, 'archive.zip.extra-field', message, path)
    return false
  }
  if (data.length <= (HARMLESS_BYTES.get(id) ?? -1)) return true
  const message = `${quote(path)} has an extra field of an unknown kind or size, ${hex(id)}. Pack the ZIP without (zip -X).`
  addArchiveError(log, 'archive.zip.extra-field', message, path)
  return false
}

function hex(id: number): string {
  return `0x${id.toString(16).padStart(4, '0')}`
}
