import type { JsonObject } from '../../lib/json.ts'
import type { FindingCategory, FindingSeverity } from '../finding.ts'
import type { Manifest, ManifestKey } from '../manifest.ts'

/** Something that a check has against a manifest. */
export interface Problem {
  /** What is wrong and what to do. */
  message: string
  /** Left out: ERROR. */
  severity?: FindingSeverity
  /** Where in the manifest, for the line: `['routes', 0, 'path']`. */
  at?: readonly PropertyKey[]
  /** File that it is about; left out: `manifest.json`. */
  file?: string
  /** Line in that file, from 1; left out: that of `at` in `manifest.json`. */
  line?: number
}

/**
 * What the host application has declared that plugins may name. Null: nothing of that kind, so that no name can be
 * called wrong; a list: every other name is an ERROR.
 */
export interface HostKnowledge {
  hooks: readonly string[] | null
  events: readonly string[] | null
  filters: readonly string[] | null
  modules: readonly string[] | null
  /** What `<resource>:write` permissions are about, with `:write` or without. */
  resources: readonly string[] | null
}

/** What checks may look at beside the values that they need. */
export interface ManifestContext {
  /** The manifest as written. */
  raw: JsonObject
  /** The files of the archive. */
  entries: ReadonlyMap<string, Uint8Array>
  /** Null: nothing is known of a host; checks that need to know do not run. */
  host: HostKnowledge | null
}

/** One named check; the lists of these are all there is to adding one. */
export interface ManifestCheck {
  /** Stable: reports, configuration and publishers' scripts know it by this name. */
  name: string
  category: FindingCategory
  /** Keys whose values it reads; where one of them is missing or of a wrong shape, the check does not run. */
  needs: readonly ManifestKey[]
  /** Whether it can say nothing where no host is known, and so does not run. */
  needsHost?: boolean
  run(manifest: Manifest, context: ManifestContext): IteratorObject<Problem, void>
}

/** Declares a check that sees only the values that it names, so that it cannot read one that may be missing. */
export function manifestCheck<Needed extends ManifestKey>(check: {
  name: string
  category: FindingCategory
  needs: readonly Needed[]
  needsHost?: boolean
  run(manifest: Pick<Manifest, Needed>, context: ManifestContext): IteratorObject<Problem, void>
}): ManifestCheck {
  return check
}
