/** A version that could be installed. */
export interface Version {
  packageId: string
  pluginId: string
  slug: string
  version: string
}

/** A version with what it asks for. */
export interface Candidate extends Version {
  /** `engines.host`. */
  hostRange: string
  dependencies: readonly { slug: string; range: string; optional: boolean }[]
  /** What it cannot stand beside. */
  conflicts: readonly { slug: string; range: string }[]
  /** What only one plugin of a site can add, in words: `module "orders"`. */
  contributes: readonly string[]
}

/** What is at the site already. */
export interface Installed extends Candidate {
  installationId: string
  /** Its package was revoked: it is replaced where it is needed, and binds nobody. */
  revoked: boolean
}

/** What a plan does with one plugin of the site. */
export interface PlanStep {
  action: 'INSTALL' | 'UPGRADE' | 'KEEP'
  candidate: Version
  /** Slugs of the plan that depend on it, optionally too. */
  requiredBy: string[]
}

/** Why nothing fits; docs/lifecycle.md has an example of each. */
export type ConflictKind =
  | 'NOT_FOUND'
  | 'NO_MATCHING_VERSION'
  | 'VERSION_CONFLICT'
  | 'CYCLE'
  | 'HOST_INCOMPATIBLE'
  | 'DECLARED_CONFLICT'
  | 'CONTRIBUTION_CONFLICT'
  | 'BREAKS_DEPENDENT'
  | 'TOO_COMPLEX'

/** One reason for which there is no plan. */
export interface PlanConflict {
  kind: ConflictKind
  /** The whole chain in words, and no more than what it takes. */
  message: string
  /** What it turns on, then who asks for it; a CYCLE's path with the first again at its end; of NOT_FOUND just what is not there. */
  slugs: string[]
}

/** What installing a package would do, or why it cannot be. */
export interface Plan {
  /** Dependencies stand before what needs them, the root as late as that allows. Empty where there are conflicts. */
  steps: PlanStep[]
  conflicts: PlanConflict[]
}

/** What can be had, read as it is needed. */
export interface PackageSource {
  /** Versions that may be installed, highest first, by slug; nothing where there is no such plugin. */
  versionsOf: (slugs: readonly string[]) => Promise<ReadonlyMap<string, readonly Version[]>>
  /** By package id, for all of them. */
  detailsOf: (packageIds: readonly string[]) => Promise<ReadonlyMap<string, Candidate>>
}

/** What is to be installed beside what, and from where. */
export interface PlanQuestion {
  root: Candidate
  hostVersion: string
  installed: readonly Installed[]
  source: PackageSource
  /** Install optional dependencies too, where that is possible. */
  includeOptional?: boolean | undefined
}
