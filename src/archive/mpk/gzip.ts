import { crc32, createInflateRaw } from 'node:zlib'
import { KiB } from '../../lib/units.ts'
import { ArchiveRefused } from '../archive-checks.ts'
import { MAX_GZIP_TEXT_BYTES } from '../limits.ts'

/** RFC 1952: the header's fixed part, and CRC and size behind the packed bytes. */
const HEADER_BYTES = 10
const TRAILER_BYTES = 8
const METHOD_DEFLATE = 8
const FLAG_HEADER_CRC = 1 << 1
const FLAG_EXTRA = 1 << 2
const FLAG_NAME = 1 << 3
const FLAG_COMMENT = 1 << 4
const FLAGS_RESERVED = 0b1110_0000

const CHUNK_BYTES = 64 * KiB

/**
 * The unpacked bytes of a file that is one gzip member and nothing else, piece by piece. CRC and size are verified
 * when the last piece was taken; whoever stops earlier has verified nothing. Pieces are not reused.
 * @throws ArchiveRefused
 */
export async function* gunzip(file: Buffer): AsyncGenerator<Buffer, void, void> {
  const start = readHeader(file)
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES })
  let crc = 0
  let size = 0
  inflate.end(file.subarray(start))
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      crc = crc32(chunk, crc)
      size += chunk.length
      yield chunk
    }
  } catch (error) {
    throw brokenStream(error)
  } finally {
    inflate.destroy()
  }
  checkTrailer(file, start + inflate.bytesWritten, crc, size)
}

function brokenStream(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'Z_BUF_ERROR') {
    return new ArchiveRefused('archive.truncated', 'The MPK is cut off. Upload the whole file.')
  }
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new ArchiveRefused('archive.deflate', 'The packed data of the MPK is damaged. Pack it anew.')
  }
  return error
}

/** Returns where the packed bytes begin. */
function readHeader(file: Buffer): number {
  if (file.length < HEADER_BYTES + TRAILER_BYTES) {
    throw new ArchiveRefused('archive.truncated', 'The MPK is cut off. Upload the whole file.')
  }
  const flags = file.readUInt8(3)
  if (file.readUInt8(2) !== METHOD_DEFLATE || flags & (FLAGS_RESERVED | FLAG_EXTRA)) {
    const message = 'The gzip header has an unknown method or unusual features. Pack the MPK by plain gzip.'
    throw new ArchiveRefused('archive.gzip.header', message)
  }
  let cursor = HEADER_BYTES
  if (flags & FLAG_NAME) cursor = endOfText(file, cursor)
  if (flags & FLAG_COMMENT) cursor = endOfText(file, cursor)
  if (flags & FLAG_HEADER_CRC) {
    if (
      cursor + 2 > file.length ||
      file.readUInt16LE(cursor) !== (crc32(file.subarray(0, cursor)) & 0xffff)
    ) {
      throw new ArchiveRefused(
        'archive.gzip.header',
        'The CRC of the gzip header is wrong. Pack the MPK anew.',
      )
    }
    cursor += 2
  }
  return cursor
}

function endOfText(file: Buffer, start: number): number {
  const end = file.subarray(start, start + MAX_GZIP_TEXT_BYTES + 1).indexOf(0)
  if (end !== -1) return start + end + 1
  const message = `A text in the gzip header is longer than ${MAX_GZIP_TEXT_BYTES} bytes. Pack the MPK without (gzip -n).`
  throw new ArchiveRefused('archive.gzip.header', message)
}

function checkTrailer(file: Buffer, at: number, crc: number, size: number): void {
  const end = at + TRAILER_BYTES
  if (end > file.length) {
    throw new ArchiveRefused('archive.truncated', 'The MPK is cut off. Upload the whole file.')
  }
  if (file.readUInt32LE(at) !== crc) {
    const message = 'The CRC of the MPK is wrong: the file was damaged or changed. Pack it anew.'
    throw new ArchiveRefused('archive.crc', message)
  }
  if (file.readUInt32LE(at + 4) !== size % 2 ** 32) {
    throw new ArchiveRefused(
      'archive.size.declared',
      'The size in the gzip trailer is wrong. Pack the MPK anew.',
    )
  }
  if (end === file.length) return
  if (file[end] === 0x1f && file[end + 1] === 0x8b) {
    throw new ArchiveRefused(
      'archive.gzip.members',
      'The MPK consists of several gzip members. Pack it as one.',
    )
  }
  const message = `${file.length - end} bytes after the end of the gzip stream belong to nothing. Pack the MPK anew.`
  throw new ArchiveRefused('archive.trailing-data', message)
}
