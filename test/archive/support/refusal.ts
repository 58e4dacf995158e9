import type { ArchiveCheckName } from '../../../src/archive/archive-checks.ts'
import type { ArchiveLimits } from '../../../src/archive/limits.ts'

/** An archive that must be refused: what is wrong with it, by which check alone it is refused, and its bytes. */
export interface Refusal {
  rule: string
  check: ArchiveCheckName
  bytes: Buffer
  limits?: ArchiveLimits
  /** What else is told, where one fault shows twice. */
  also?: ArchiveCheckName[]
}
