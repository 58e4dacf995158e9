import { ArchiveRefused } from '../archive-checks.ts'
import { quote } from '../quote.ts'

/** One header block of a tar (POSIX.1-2017, pax, "ustar Interchange Format"). */
export interface TarHeader {
  name: string
  /** Type flag; a NUL of old writers is told as '0'. */
  type: string
  mode: number
  size: number
  linkName: string
}

const CHECKSUM_OFFSET = 148
const CHECKSUM_BYTES = 8
const SPACE = 0x20

/** User, group and time: nobody here uses them, but whoever reads the tar must be able to. */
const UNUSED_NUMBERS = [
  [108, 8],
  [116, 8],
  [136, 12],
] as const
/** Numbers of GNU in base 256: these bits of the first byte, then big-endian. */
const BASE_256 = 0x80
/** Of such a number: 2^48 is more than any id and any time, and exact. */
const MAX_BASE_256_BYTES = 6

/**
 * Reads a header block, strictly: checksum, magic and the numbers must be as the standard writes them, and texts end
 * where they end.
 * @throws ArchiveRefused
 */
export function readTarHeader(block: Buffer): TarHeader {
  const magic = block.toString('latin1', 257, 265)
  if (magic !== 'ustar\u000000' && magic !== 'ustar  \0') throw broken('no ustar header where one must be')
  if (readOctal(block, CHECKSUM_OFFSET, CHECKSUM_BYTES) !== checksum(block)) throw broken('a wrong checksum')
  for (const [offset, bytes] of UNUSED_NUMBERS) checkUnused(block.subarray(offset, offset + bytes))
  const prefix = readText(block, 345, 155)
  // GNU's own format keeps times and maps where POSIX keeps the prefix; plain archives leave it empty.
  if (magic === 'ustar  \0' && prefix !== '') {
    const message = 'The tar uses features of the GNU format. Pack it with --format=posix.'
    throw new ArchiveRefused('archive.tar.gnu', message)
  }
  const name = readText(block, 0, 100)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: block[156] === 0 ? '0' : String.fromCharCode(block.readUInt8(156)),
    mode: readOctal(block, 100, 8),
    size: readOctal(block, 124, 12),
    linkName: readText(block, 157, 100),
  }
}

function readText(block: Buffer, offset: number, bytes: number): string {
  const field = block.subarray(offset, offset + bytes)
  const end = field.indexOf(0)
  const text = end === -1 ? field : field.subarray(0, end)
  if (field.subarray(text.length).some((byte) => byte !== 0))
    throw broken('something behind the end of a text')
  try {
    return utf8.decode(text)
  } catch {
    const message = `The name ${quote(text.toString('latin1'))} is not UTF-8. Pack with UTF-8 names.`
    throw new ArchiveRefused('archive.path.encoding', message)
  }
}

/** Ids over 2,097,151 are written in base 256 by GNU tar, and are common where a directory service gives them out. */
function checkUnused(field: Buffer): void {
  if (field[0] !== BASE_256) {
    readOctal(field, 0, field.length)
  } else if (field.subarray(1, -MAX_BASE_256_BYTES).some((byte) => byte !== 0))
    throw broken('a number out of range')
}

/** Base 256 is refused for sizes and modes: only files over 8 GiB need it. */
function readOctal(block: Buffer, offset: number, bytes: number): number {
  const digits = /^ *([0-7]*)[ \0]*$/.exec(block.toString('latin1', offset, offset + bytes))
  if (!digits) throw broken('a damaged number')
  return digits[1] === '' ? 0 : Number.parseInt(digits[1] ?? '', 8)
}

function checksum(block: Buffer): number {
  let sum = CHECKSUM_BYTES * SPACE
  for (let index = 0; index < CHECKSUM_OFFSET; index += 1) sum += block.readUInt8(index)
  for (let index = CHECKSUM_OFFSET + CHECKSUM_BYTES; index < block.length; index += 1)
    sum += block.readUInt8(index)
  return sum
}

function broken(what: string): ArchiveRefused {
  return new ArchiveRefused('archive.tar.header', `The tar has ${what}. Pack the MPK anew.`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
