import type { CheckLog } from './check-log.ts'

/** When a check of the archive runs: on what comes in, on names and headers, on what was unpacked. */
type ArchiveStage = 'INTAKE' | 'STRUCTURE' | 'CONTENT'
export type ArchiveFormat = 'ZIP' | 'MPK'

interface ArchiveCheck {
  stage: ArchiveStage
  /** Left out: both formats. */
  format?: ArchiveFormat
}

/**
 * Every check of an archive, by its stable name. A report lists those of the stages that were finished, and of an
 * unfinished stage those that failed.
 */
export const archiveChecks = {
  'archive.size.packed': { stage: 'INTAKE' },
  'archive.format': { stage: 'INTAKE' },

  'archive.truncated': { stage: 'STRUCTURE' },
  'archive.leading-data': { stage: 'STRUCTURE' },
  'archive.hidden-data': { stage: 'STRUCTURE' },
  'archive.trailing-data': { stage: 'STRUCTURE' },
  'archive.entries': { stage: 'STRUCTURE' },
  'archive.empty': { stage: 'STRUCTURE' },
  'archive.size.entry': { stage: 'STRUCTURE' },
  'archive.size.unpacked': { stage: 'STRUCTURE' },
  'archive.ratio': { stage: 'STRUCTURE' },
  'archive.duplicate-name': { stage: 'STRUCTURE' },
  'archive.similar-name': { stage: 'STRUCTURE' },
  'archive.path.absolute': { stage: 'STRUCTURE' },
  'archive.path.traversal': { stage: 'STRUCTURE' },
  'archive.path.backslash': { stage: 'STRUCTURE' },
  'archive.path.drive': { stage: 'STRUCTURE' },
  'archive.path.control': { stage: 'STRUCTURE' },
  'archive.path.encoding': { stage: 'STRUCTURE' },
  'archive.path.empty-segment': { stage: 'STRUCTURE' },
  'archive.path.device-name': { stage: 'STRUCTURE' },
  'archive.path.length': { stage: 'STRUCTURE' },
  'archive.path.depth': { stage: 'STRUCTURE' },
  'archive.path.conflict': { stage: 'STRUCTURE' },
  'archive.type.symlink': { stage: 'STRUCTURE' },
  'archive.type.hardlink': { stage: 'STRUCTURE', format: 'MPK' },
  'archive.type.device': { stage: 'STRUCTURE' },
  'archive.type.fifo': { stage: 'STRUCTURE' },
  'archive.type.other': { stage: 'STRUCTURE' },
  'archive.type.unclear': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.type.folder-with-body': { stage: 'STRUCTURE' },
  'archive.mode.setuid': { stage: 'STRUCTURE' },
  'archive.native-code': { stage: 'STRUCTURE' },
  'archive.manifest.single': { stage: 'STRUCTURE' },
  'archive.ignored': { stage: 'STRUCTURE' },

  'archive.zip.end-record': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.zip.central-directory': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.zip.comment': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.zip.multi-disk': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.zip.zip64': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.zip.extra-field': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.zip.flags': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.zip.descriptor': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.headers': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.overlap': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.encrypted': { stage: 'STRUCTURE', format: 'ZIP' },
  'archive.method': { stage: 'STRUCTURE', format: 'ZIP' },

  'archive.gzip.header': { stage: 'STRUCTURE', format: 'MPK' },
  'archive.gzip.members': { stage: 'STRUCTURE', format: 'MPK' },
  'archive.tar.header': { stage: 'STRUCTURE', format: 'MPK' },
  'archive.tar.pax': { stage: 'STRUCTURE', format: 'MPK' },
  'archive.tar.global-header': { stage: 'STRUCTURE', format: 'MPK' },
  'archive.tar.gnu': { stage: 'STRUCTURE', format: 'MPK' },

  'archive.deflate': { stage: 'CONTENT' },
  'archive.size.declared': { stage: 'CONTENT' },
  'archive.crc': { stage: 'CONTENT' },
  'archive.reader': { stage: 'CONTENT' },
} as const satisfies Record<string, ArchiveCheck>

export type ArchiveCheckName = keyof typeof archiveChecks

/** Notes that all checks of a stage ran to their end for an archive of that format. */
export function finishStage(log: CheckLog, stage: ArchiveStage, format?: ArchiveFormat): void {
  for (const [name, check] of Object.entries<ArchiveCheck>(archiveChecks)) {
    if (check.stage !== stage) continue
    if (check.format !== undefined && check.format !== format) continue
    log.ran(name, 'ARCHIVE')
  }
}

/** Thrown inside the reader where going on makes no sense; `readArchive` makes a finding of it. */
export class ArchiveRefused extends Error {
  readonly check: ArchiveCheckName
  readonly path: string | undefined

  constructor(check: ArchiveCheckName, message: string, path?: string) {
    super(message)
    this.name = 'ArchiveRefused'
    this.check = check
    this.path = path
  }
}

/** Notes what is wrong with one entry, and lets the reader go on, so that all of it is told at once. */
export function addArchiveError(
  log: CheckLog,
  check: ArchiveCheckName,
  message: string,
  path?: string,
): void {
  log.add({
    severity: 'ERROR',
    category: 'ARCHIVE',
    check,
    message,
    ...(path === undefined ? {} : { path }),
  })
}
