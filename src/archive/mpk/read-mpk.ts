import { ReadableStream as NodeStream } from 'node:stream/web'
import { type ParsedTarEntryWithData, unpackTar } from 'modern-tar'
import { addArchiveError, ArchiveRefused, finishStage } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import { EntryNames } from '../entry-names.ts'
import { EntrySizes } from '../entry-sizes.ts'
import { type ArchiveLimits, MAX_UNCHECKED_BYTES, tarBudget } from '../limits.ts'
import { gunzip } from './gzip.ts'
import { type TarEntry, tarPath, TarWalk } from './tar-walk.ts'

/**
 * Reads an MPK in two passes: the first unpacks it piece by piece and follows the whole structure, so that a bomb costs
 * time up to its budget but little memory; the second, only if all was sound, lets modern-tar read the entries, and
 * what it reads must be what the first pass saw. Null where anything was refused; the log says what.
 * @throws ArchiveRefused where the structure cannot be followed any further.
 */
export async function readMpk(
  file: Buffer,
  limits: ArchiveLimits,
  log: CheckLog,
): Promise<Map<string, Uint8Array> | null> {
  const walk = new TarWalk(log, new EntryNames(log, limits), new EntrySizes(limits, file.length))
  const budget = tarBudget(limits)
  const held: Buffer[] = []
  let unpacked = 0
  for await (const chunk of gunzip(file)) {
    unpacked += chunk.length
    if (unpacked > budget) {
      const message = `The archive unpacks to more than ${budget} bytes. Leave out what is not needed at run time.`
      throw new ArchiveRefused('archive.size.unpacked', message)
    }
    walk.push(chunk)
    held.push(chunk)
    if (unpacked > MAX_UNCHECKED_BYTES) held.length = 0
  }
  walk.end()
  finishStage(log, 'STRUCTURE', 'MPK')
  finishStage(log, 'CONTENT', 'MPK')
  if (log.hasErrors()) return null
  // In one piece modern-tar reads it in half the time.
  return unpack(held.length > 0 ? Buffer.concat(held) : streamOf(gunzip(file)), walk.entries, log)
}

/** One class at run time; modern-tar's types mean the DOM's description of it, which lacks `from`. */
function streamOf(pieces: AsyncIterable<Buffer>): ReadableStream<Uint8Array> {
  return NodeStream.from(pieces) as unknown as ReadableStream<Uint8Array>
}

async function unpack(
  tar: Uint8Array | ReadableStream<Uint8Array>,
  seen: TarEntry[],
  log: CheckLog,
): Promise<Map<string, Uint8Array> | null> {
  const files = new Map<string, Uint8Array>()
  const read = await unpackTar(tar, { strict: true }).catch((error: unknown) => {
    if (error instanceof ArchiveRefused) throw error
    // The walk is the stricter one: no tar is known that comes here.
    return null
  })
  if (read === null || read.length !== seen.length) return disagree(log)
  for (const [index, entry] of read.entries()) {
    const expected = seen[index]
    if (expected === undefined || !isSame(entry, expected)) return disagree(log)
    if (entry.data) files.set(tarPath(expected.name, false), entry.data)
  }
  return files
}

function isSame({ header, data }: ParsedTarEntryWithData, expected: TarEntry): boolean {
  return (
    header.name === expected.name &&
    (header.type === 'directory') === expected.isFolder &&
    (data?.length ?? 0) === expected.bytes
  )
}

function disagree(log: CheckLog): null {
  const message = 'Two readers of the tar disagree on what is in it. Pack the MPK anew.'
  addArchiveError(log, 'archive.tar.header', message)
  return null
}
