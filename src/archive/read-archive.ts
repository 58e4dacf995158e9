import { addArchiveError, type ArchiveFormat, ArchiveRefused, finishStage } from './archive-checks.ts'
import { CheckLog } from './check-log.ts'
import type { CheckResult, Finding } from './finding.ts'
import { type ArchiveLimits, defaultArchiveLimits } from './limits.ts'
import { readMpk } from './mpk/read-mpk.ts'
import { stripRoot } from './strip-root.ts'
import { hasEndRecord } from './zip/end-record.ts'
import { readZip } from './zip/read-zip.ts'

/** An archive that passed every check. */
export interface Archive {
  format: ArchiveFormat
  /**
   * The files by path below the plugin's root. The bytes may be views of the archive's own: whoever changes either
   * changes both.
   */
  entries: ReadonlyMap<string, Uint8Array>
}

/**
 * Reads a plugin archive, ZIP or MPK (told from the first bytes), in memory, under limits that run along.
 *
 * Never throws for what the bytes are: what is wrong is in `findings`, all of it where the structure can be followed,
 * and `archive` is null where any of it is an ERROR. Nothing is written anywhere. The bytes must not change meanwhile.
 */
export async function readArchive(
  bytes: Uint8Array,
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<{ archive: Archive | null; findings: Finding[]; checks: CheckResult[] }> {
  const log = new CheckLog()
  const archive = await readChecked(bytes, limits, log)
  return { archive, findings: log.findings(), checks: log.results() }
}

async function readChecked(bytes: Uint8Array, limits: ArchiveLimits, log: CheckLog): Promise<Archive | null> {
  try {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (file.length > limits.packedBytes) {
      const message = `The archive is larger than ${limits.packedBytes} bytes. Leave out what is not needed at run time.`
      throw new ArchiveRefused('archive.size.packed', message)
    }
    const format = tellFormat(file)
    finishStage(log, 'INTAKE')
    if (format === 'MPK' && hasEndRecord(file)) {
      const message = 'The MPK is a ZIP as well, for whoever reads it from its end. Pack it anew.'
      throw new ArchiveRefused('archive.hidden-data', message)
    }
    const files = await (format === 'ZIP' ? readZip(file, limits, log) : readMpk(file, limits, log))
    return files && { format, entries: stripRoot(files, log) }
  } catch (error) {
    if (error instanceof ArchiveRefused) {
      addArchiveError(log, error.check, error.message, error.path)
      return null
    }
    // A fault of ours must refuse as well, and be seen: `archive.reader` never appears for a reason in the archive.
    const message = `The archive could not be read: the reader failed (${error instanceof Error ? error.name : 'unknown'}). Report this.`
    addArchiveError(log, 'archive.reader', message)
    return null
  }
}

/** Of a local header, and of the end record of a ZIP without entries. */
const ZIP_SIGNATURES = ['PK\u0003\u0004', 'PK\u0005\u0006']

function tellFormat(file: Buffer): ArchiveFormat {
  if (ZIP_SIGNATURES.includes(file.toString('latin1', 0, 4))) return 'ZIP'
  if (file[0] === 0x1f && file[1] === 0x8b) return 'MPK'
  if (hasEndRecord(file)) {
    const message = 'Something stands before the ZIP (a self-extractor?). Upload the plain ZIP.'
    throw new ArchiveRefused('archive.leading-data', message)
  }
  const message = 'This is neither a ZIP nor a gzip-compressed tar. Pack the plugin as .zip or .mpk.'
  throw new ArchiveRefused('archive.format', message)
}
