import { ArchiveRefused, addArchiveError } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import type { ArchiveLimits } from '../limits.ts'
import { quote } from '../quote.ts'
import type { EndRecord } from './end-record.ts'
import { checkExtraFields } from './extra-fields.ts'

/** What the central directory says about one entry (APPNOTE.TXT 4.3.12); nothing of it is believed yet. */
export interface CentralHeader {
  /** Name as bytes, and as text without a folder's closing slash. */
  nameBytes: Buffer
  path: string
  isFolder: boolean
  flags: number
  method: number
  crc: number
  packedBytes: number
  unpackedBytes: number
  externalAttributes: number
  /** Of the local header, in bytes from the start of the file. */
  offset: number
}

const CENTRAL_HEADER_BYTES = 46
const CENTRAL_SIGNATURE = 0x02014b50
const UINT32_MAX = 0xffffffff

/**
 * Reads the central directory, which must fill the bytes up to the end record with exactly the entries announced.
 * @throws ArchiveRefused
 */
export function readCentralDirectory(
  file: Buffer,
  end: EndRecord,
  limits: ArchiveLimits,
  log: CheckLog,
): CentralHeader[] {
  const headers: CentralHeader[] = []
  let cursor = end.directoryOffset
  for (let index = 0; index < end.entries; index += 1) {
    if (cursor + CENTRAL_HEADER_BYTES > end.offset || file.readUInt32LE(cursor) !== CENTRAL_SIGNATURE) {
      const message = `The central directory ends after ${index} of ${end.entries} entries. Pack the ZIP anew.`
      throw new ArchiveRefused('archive.zip.central-directory', message)
    }
    const nameEnd = cursor + CENTRAL_HEADER_BYTES + file.readUInt16LE(cursor + 28)
    const extraEnd = nameEnd + file.readUInt16LE(cursor + 30)
    const commentBytes = file.readUInt16LE(cursor + 32)
    if (extraEnd + commentBytes > end.offset) {
      const message = `Entry ${index + 1} of the central directory reaches past its end. Pack the ZIP anew.`
      throw new ArchiveRefused('archive.zip.central-directory', message)
    }
    const header = readHeader(file, cursor, nameEnd, limits, log)
    headers.push(header)
    checkExtraFields(file.subarray(nameEnd, extraEnd), header, log)
    if (commentBytes > 0) {
      const message = `${quote(header.path)} carries a comment. Pack the ZIP without comments.`
      addArchiveError(log, 'archive.zip.comment', message, header.path)
    }
    if (file.readUInt16LE(cursor + 34) !== 0) {
      throw new ArchiveRefused(
        'archive.zip.multi-disk',
        'The ZIP is one part of several. Pack it as one file.',
      )
    }
    cursor = extraEnd + commentBytes
  }
  if (cursor !== end.offset) {
    const message = `${end.offset - cursor} bytes after the central directory's last entry belong to nothing. Pack the ZIP anew.`
    throw new ArchiveRefused('archive.hidden-data', message)
  }
  return headers
}

function readHeader(
  file: Buffer,
  at: number,
  nameEnd: number,
  limits: ArchiveLimits,
  log: CheckLog,
): CentralHeader {
  const nameBytes = file.subarray(at + CENTRAL_HEADER_BYTES, nameEnd)
  const name = decodeName(nameBytes, limits, log)
  const isFolder = name.endsWith('/')
  const header = {
    nameBytes,
    path: isFolder ? name.slice(0, -1) : name,
    isFolder,
    flags: file.readUInt16LE(at + 8),
    method: file.readUInt16LE(at + 10),
    crc: file.readUInt32LE(at + 16),
    packedBytes: file.readUInt32LE(at + 20),
    unpackedBytes: file.readUInt32LE(at + 24),
    externalAttributes: file.readUInt32LE(at + 38),
    offset: file.readUInt32LE(at + 42),
  }
  if ([header.packedBytes, header.unpackedBytes, header.offset].includes(UINT32_MAX)) {
    const message = `${quote(header.path)} uses ZIP64, which only files over 4 GiB need. Pack it without.`
    throw new ArchiveRefused('archive.zip.zip64', message, header.path)
  }
  return header
}

/**
 * Names are read as UTF-8 whether or not flag 11 says so: macOS writes UTF-8 without it, and what is no UTF-8 is
 * refused, so that no second reading is possible.
 */
function decodeName(bytes: Buffer, { pathBytes }: ArchiveLimits, log: CheckLog): string {
  // Refused for its length in any case: 300 names of 64 KiB would become 40 MiB of text.
  if (bytes.length > pathBytes + 1) return bytes.toString('latin1', 0, pathBytes + 2)
  try {
    return utf8.decode(bytes)
  } catch {
    const name = bytes.toString()
    const message = `The name ${quote(name)} is not UTF-8. Pack with UTF-8 names, or rename the file in ASCII.`
    addArchiveError(log, 'archive.path.encoding', message, name)
    return name
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
