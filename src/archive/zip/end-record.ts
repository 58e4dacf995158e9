import { ArchiveRefused } from '../archive-checks.ts'
import { MAX_ZIP_COMMENT_BYTES } from '../limits.ts'

/** Where the central directory lies (APPNOTE.TXT 4.3.16); everything in bytes from the start of the file. */
export interface EndRecord {
  offset: number
  entries: number
  directoryOffset: number
}

const END_RECORD_BYTES = 22
const END_SIGNATURE = Buffer.from([0x50, 0x4b, 5, 6])
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50
const ZIP64_LOCATOR_BYTES = 20
const MAX_COMMENT_BYTES = 0xffff
const UINT16_MAX = 0xffff
const UINT32_MAX = 0xffffffff

/**
 * Finds the one end record, which must close the file, and holds what it says against itself.
 * @throws ArchiveRefused
 */
export function readEndRecord(file: Buffer): EndRecord {
  const offset = findEndRecord(file)
  checkComment(file.subarray(offset + END_RECORD_BYTES))
  checkZip64(file, offset)
  const entries = file.readUInt16LE(offset + 10)
  if (file.readUInt16LE(offset + 4) !== 0 || file.readUInt16LE(offset + 6) !== 0) {
    throw new ArchiveRefused('archive.zip.multi-disk', 'The ZIP is one part of several. Pack it as one file.')
  }
  if (file.readUInt16LE(offset + 8) !== entries) {
    throw new ArchiveRefused('archive.zip.end-record', 'The ZIP gives two numbers of entries. Pack it anew.')
  }
  const directoryBytes = file.readUInt32LE(offset + 12)
  const directoryOffset = file.readUInt32LE(offset + 16)
  const directoryEnd = directoryOffset + directoryBytes
  if (directoryEnd > offset) {
    throw new ArchiveRefused(
      'archive.zip.end-record',
      'The central directory reaches past its end. Pack the ZIP anew.',
    )
  }
  if (directoryEnd < offset) {
    const message = `${offset - directoryEnd} bytes before the end record, or before the whole ZIP, belong to nothing. Pack the ZIP anew.`
    throw new ArchiveRefused('archive.hidden-data', message)
  }
  return { offset, entries, directoryOffset }
}

/** Whether there is an end record at all: then what does not begin like a ZIP is one with something before it. */
export function hasEndRecord(file: Buffer): boolean {
  return closingOffset(file) !== null
}

function findEndRecord(file: Buffer): number {
  const offset = closingOffset(file)
  if (offset !== null) return offset
  if (file.includes(END_SIGNATURE)) {
    const message =
      'There is something after the end of the ZIP, or its end is cut off. Pack it anew, alone in its file.'
    throw new ArchiveRefused('archive.trailing-data', message)
  }
  throw new ArchiveRefused(
    'archive.truncated',
    'The ZIP has no end record: it is cut off. Upload the whole file.',
  )
}

/** The last signature whose comment reaches exactly to the end of the file. */
function closingOffset(file: Buffer): number | null {
  const first = Math.max(0, file.length - END_RECORD_BYTES - MAX_COMMENT_BYTES)
  let offset = file.length - END_RECORD_BYTES
  while (offset >= first) {
    offset = file.lastIndexOf(END_SIGNATURE, offset)
    if (offset < first) return null
    if (offset + END_RECORD_BYTES + file.readUInt16LE(offset + 20) === file.length) return offset
    offset -= 1
  }
  return null
}

function checkComment(comment: Buffer): void {
  if (comment.length <= MAX_ZIP_COMMENT_BYTES && comment.every((byte) => byte >= 0x20 && byte < 0x7f)) return
  const message = `The ZIP's comment is longer than ${MAX_ZIP_COMMENT_BYTES} bytes or no plain text. Pack it without a comment.`
  throw new ArchiveRefused('archive.zip.comment', message)
}

function checkZip64(file: Buffer, offset: number): void {
  const locator = offset - ZIP64_LOCATOR_BYTES
  const isZip64 =
    (locator >= 0 && file.readUInt32LE(locator) === ZIP64_LOCATOR_SIGNATURE) ||
    file.readUInt16LE(offset + 8) === UINT16_MAX ||
    file.readUInt16LE(offset + 10) === UINT16_MAX ||
    file.readUInt32LE(offset + 12) === UINT32_MAX ||
    file.readUInt32LE(offset + 16) === UINT32_MAX
  if (!isZip64) return
  const message = 'The ZIP uses ZIP64, which only archives over 4 GiB need. Pack it without.'
  throw new ArchiveRefused('archive.zip.zip64', message)
}
