import { ArchiveRefused, finishStage } from '../archive-checks.ts'
import type { CheckLog } from '../check-log.ts'
import { EntryNames, tooManyEntries } from '../entry-names.ts'
import { EntrySizes } from '../entry-sizes.ts'
import type { ArchiveLimits } from '../limits.ts'
import { type CentralHeader, readCentralDirectory } from './central-directory.ts'
import { checkEntry } from './check-entry.ts'
import { checkLayout } from './check-layout.ts'
import { readEndRecord } from './end-record.ts'
import { inflateEntries } from './inflate-entries.ts'

/**
 * Reads a ZIP: first the whole structure (every byte belongs to exactly one record, and all records agree), and only
 * if that is sound, the contents. Null where anything was refused; the log says what.
 * @throws ArchiveRefused where the structure cannot be followed any further.
 */
export async function readZip(
  file: Buffer,
  limits: ArchiveLimits,
  log: CheckLog,
): Promise<Map<string, Uint8Array> | null> {
  const end = readEndRecord(file)
  if (end.entries > limits.entries) throw tooManyEntries(limits)
  const headers = readCentralDirectory(file, end, limits, log)
  if (headers.every(({ isFolder }) => isFolder)) {
    throw new ArchiveRefused('archive.empty', 'The ZIP has no files. Pack the plugin with its manifest.json.')
  }
  checkNames(headers, limits, log)
  const entries = checkLayout(file, headers, end.directoryOffset, log)
  for (const header of headers) checkEntry(header, log)
  checkSizes(headers, limits, file.length)
  finishStage(log, 'STRUCTURE', 'ZIP')
  if (log.hasErrors()) return null

  const files = await inflateEntries(file, entries, log)
  finishStage(log, 'CONTENT', 'ZIP')
  return log.hasErrors() ? null : files
}

function checkNames(headers: CentralHeader[], limits: ArchiveLimits, log: CheckLog): void {
  const names = new EntryNames(log, limits)
  for (const { path, isFolder } of headers) names.add(path, isFolder)
}

/** What the headers announce; that the entries keep to it is verified while they are inflated. */
function checkSizes(headers: CentralHeader[], limits: ArchiveLimits, packedBytes: number): void {
  const sizes = new EntrySizes(limits, packedBytes)
  for (const { path, unpackedBytes } of headers) sizes.add(path, unpackedBytes)
}
