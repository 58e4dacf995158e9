import { addArchiveError, ArchiveRefused } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import { quote } from '../quote.ts'
import type { CentralHeader } from './central-directory.ts'
import { FLAG_DESCRIPTOR } from './check-entry.ts'
import { checkExtraFields } from './extra-fields.ts'

const LOCAL_HEADER_BYTES = 30
const LOCAL_SIGNATURE = 0x04034b50
const DESCRIPTOR_SIGNATURE = 0x08074b50
const DESCRIPTOR_BYTES = 12

/** An entry whose packed bytes lie where nothing else does. */
export interface LocatedEntry {
  header: CentralHeader
  dataOffset: number
}

/**
 * Walks the local records in the order of the central directory: they must follow each other from byte 0 to the
 * directory without a gap, and say what it says.
 * @throws ArchiveRefused where bytes belong to nothing or to two entries.
 */
export function checkLayout(
  file: Buffer,
  headers: CentralHeader[],
  directoryOffset: number,
  log: CheckLog,
): LocatedEntry[] {
  let cursor = 0
  const entries = headers.map((header) => {
    checkPlace(header, cursor, headers)
    const dataOffset = readLocalHeader(file, header, directoryOffset, log)
    cursor = dataOffset + header.packedBytes
    if (header.flags & FLAG_DESCRIPTOR) cursor += descriptorBytes(file, cursor, header)
    if (cursor > directoryOffset) throw overlap(header.path)
    return { header, dataOffset }
  })
  if (cursor < directoryOffset) {
    const message = `${directoryOffset - cursor} bytes before the central directory belong to no entry. Pack the ZIP anew.`
    throw new ArchiveRefused('archive.hidden-data', message)
  }
  return entries
}

function checkPlace({ path, offset }: CentralHeader, expected: number, headers: CentralHeader[]): void {
  if (offset === expected) return
  if (offset < expected || headers.some((other) => other.offset === expected)) throw overlap(path)
  if (expected === 0) {
    const message = `${offset} bytes before the first entry belong to nothing. Pack the ZIP anew.`
    throw new ArchiveRefused('archive.leading-data', message, path)
  }
  const message = `${offset - expected} bytes before ${quote(path)} belong to no entry. Pack the ZIP anew.`
  throw new ArchiveRefused('archive.hidden-data', message, path)
}

/** Returns where the packed bytes begin. */
function readLocalHeader(
  file: Buffer,
  header: CentralHeader,
  directoryOffset: number,
  log: CheckLog,
): number {
  const { path, offset } = header
  if (offset + LOCAL_HEADER_BYTES > directoryOffset || file.readUInt32LE(offset) !== LOCAL_SIGNATURE) {
    throw new ArchiveRefused(
      'archive.headers',
      `${quote(path)} has no local header. Pack the ZIP anew.`,
      path,
    )
  }
  const nameEnd = offset + LOCAL_HEADER_BYTES + file.readUInt16LE(offset + 26)
  const dataOffset = nameEnd + file.readUInt16LE(offset + 28)
  if (dataOffset > directoryOffset) throw overlap(path)
  for (const [what, differs] of disagreements(file, header, nameEnd)) {
    if (!differs) continue
    const message = `The local and the central header of ${quote(path)} disagree about its ${what}. Pack the ZIP anew.`
    addArchiveError(log, 'archive.headers', message, path)
  }
  checkExtraFields(file.subarray(nameEnd, dataOffset), header, log)
  return dataOffset
}

/** With a descriptor the local header may leave CRC and sizes at 0: they follow the packed bytes. */
function disagreements(file: Buffer, header: CentralHeader, nameEnd: number): [string, boolean][] {
  const { offset } = header
  const later = (header.flags & FLAG_DESCRIPTOR) !== 0
  const differs = (local: number, central: number): boolean => local !== central && !(later && local === 0)
  const localName = file.subarray(offset + LOCAL_HEADER_BYTES, nameEnd)
  return [
    ['name', !localName.equals(header.nameBytes)],
    ['flags', file.readUInt16LE(offset + 6) !== header.flags],
    ['method', file.readUInt16LE(offset + 8) !== header.method],
    ['CRC', differs(file.readUInt32LE(offset + 14), header.crc)],
    ['packed size', differs(file.readUInt32LE(offset + 18), header.packedBytes)],
    ['size', differs(file.readUInt32LE(offset + 22), header.unpackedBytes)],
  ]
}

/**
 * A descriptor comes with a signature or without (APPNOTE.TXT 4.3.9); what it says must be what the header says, else
 * nobody knows where it ends.
 */
function descriptorBytes(file: Buffer, at: number, header: CentralHeader): number {
  const says = (start: number): boolean =>
    start + DESCRIPTOR_BYTES <= file.length &&
    file.readUInt32LE(start) === header.crc &&
    file.readUInt32LE(start + 4) === header.packedBytes &&
    file.readUInt32LE(start + 8) === header.unpackedBytes
  const isSigned = at + 4 <= file.length && file.readUInt32LE(at) === DESCRIPTOR_SIGNATURE
  if (isSigned && says(at + 4)) return DESCRIPTOR_BYTES + 4
  if (says(at)) return DESCRIPTOR_BYTES
  const message = `The data descriptor of ${quote(header.path)} is missing or disagrees. Pack the ZIP anew.`
  throw new ArchiveRefused('archive.zip.descriptor', message, header.path)
}

function overlap(path: string): ArchiveRefused {
  const message = `${quote(path)} overlaps another part of the ZIP, or the entries are out of order. Pack it anew.`
  return new ArchiveRefused('archive.overlap', message, path)
}
