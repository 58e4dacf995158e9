/** An ERROR refuses the package, a WARNING is for the reviewer, an INFO only tells. */
export type FindingSeverity = 'ERROR' | 'WARNING' | 'INFO'

/** What a finding is about; the same names as in the graph. */
export type FindingCategory =
  | 'ARCHIVE'
  | 'MANIFEST'
  | 'INTEGRITY'
  | 'SIGNATURE'
  | 'PERMISSIONS'
  | 'COMPATIBILITY'
  | 'DEPENDENCIES'
  | 'SECURITY'

/** One thing that a check has to say about a package. */
export interface Finding {
  severity: FindingSeverity
  category: FindingCategory
  /** Stable name of the check, e.g. `manifest.version.semver`. */
  check: string
  /** What is wrong and what to do; one line, safe to print and to store. */
  message: string
  /** File in the archive, made printable. */
  path?: string
  /** Line in that file, from 1. */
  line?: number
}

/** A check that ran; it passed where it has no finding of severity ERROR. */
export interface CheckResult {
  check: string
  category: FindingCategory
  passed: boolean
}
