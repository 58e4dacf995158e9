import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { MiB } from '../../lib/units.ts'
import { addArchiveError } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import { MAX_UNCHECKED_BYTES } from '../limits.ts'
import { quote } from '../quote.ts'
import { release } from '../release.ts'
import { METHOD_STORED } from './check-entry.ts'
import type { CentralHeader } from './central-directory.ts'
import type { LocatedEntry } from './check-layout.ts'
import { inflate } from './inflate.ts'

/** Bytes unpacked and summed up between two turns of the event loop: about 10 ms. */
const BYTES_PER_TURN = 4 * MiB

/**
 * Unpacks the files (not the folders) of a ZIP whose structure was found sound, and holds each against the size and
 * the CRC that its headers say. Stored files are views of the archive's own bytes. Where the log has errors then, the
 * files are of no use and not all there.
 */
export async function inflateEntries(
  file: Buffer,
  entries: LocatedEntry[],
  log: CheckLog,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const unpackedBytes = entries.reduce((total, { header }) => total + header.unpackedBytes, 0)
  if (unpackedBytes > MAX_UNCHECKED_BYTES) {
    await inflateEach(file, entries, log, ({ header }, bytes) => {
      if (header.method !== METHOD_STORED) release(bytes)
    })
    if (log.hasErrors()) return files
  }
  await inflateEach(file, entries, log, ({ header }, bytes) => {
    if (!header.isFolder) files.set(header.path, bytes)
  })
  return files
}

async function inflateEach(
  file: Buffer,
  entries: LocatedEntry[],
  log: CheckLog,
  take: (entry: LocatedEntry, bytes: Buffer) => void,
): Promise<void> {
  let sinceTurn = 0
  for (const entry of entries) {
    const bytes = await unpack(file, entry, log)
    if (bytes === null) continue
    sinceTurn += bytes.length
    take(entry, bytes)
    if (sinceTurn < BYTES_PER_TURN) continue
    sinceTurn = 0
    await setImmediate()
  }
}

async function unpack(
  file: Buffer,
  { header, dataOffset }: LocatedEntry,
  log: CheckLog,
): Promise<Buffer | null> {
  const { path, packedBytes } = header
  const packed = file.subarray(dataOffset, dataOffset + packedBytes)
  const bytes = header.method === METHOD_STORED ? packed : await inflateWhole(packed, header, log)
  if (bytes !== null && crc32(bytes) !== header.crc) {
    const message = `The CRC of ${quote(path)} is wrong: the file was damaged or changed. Pack the ZIP anew.`
    addArchiveError(log, 'archive.crc', message, path)
  }
  return bytes
}

async function inflateWhole(
  packed: Buffer,
  { path, packedBytes, unpackedBytes }: CentralHeader,
  log: CheckLog,
): Promise<Buffer | null> {
  try {
    const { bytes, consumedBytes } = await inflate(packed, unpackedBytes)
    if (bytes.length !== unpackedBytes) return lies(path, log)
    if (consumedBytes !== packedBytes) {
      const message = `${packedBytes - consumedBytes} bytes after the packed data of ${quote(path)} belong to nothing. Pack the ZIP anew.`
      addArchiveError(log, 'archive.hidden-data', message, path)
      return null
    }
    return bytes
  } catch (error) {
    if (error instanceof RangeError) return lies(path, log)
    const message = `The packed data of ${quote(path)} is damaged or cut off. Pack the ZIP anew.`
    addArchiveError(log, 'archive.deflate', message, path)
    return null
  }
}

function lies(path: string, log: CheckLog): null {
  const message = `${quote(path)} does not unpack to the size that its header says. Pack the ZIP anew.`
  addArchiveError(log, 'archive.size.declared', message, path)
  return null
}
