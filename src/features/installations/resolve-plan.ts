import { orderChosen } from './order-chosen.ts'
import type { PlanFacts } from './plan-facts.ts'
import { searchPlan, type Patience } from './plan-search.ts'
import type { Choice } from './plan-slots.ts'
import { tellConflict } from './tell-conflict.ts'

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

export interface PlanStep {
  action: 'INSTALL' | 'UPGRADE' | 'KEEP'
  candidate: Version
  /** Slugs of the plan that depend on it, optionally too. */
  requiredBy: string[]
}

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

export interface PlanConflict {
  kind: ConflictKind
  /** The whole chain in words, and no more than what it takes. */
  message: string
  /** What it turns on, then who asks for it; a CYCLE's path with the first again at its end; of NOT_FOUND just what is not there. */
  slugs: string[]
}

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

export interface PlanQuestion {
  root: Candidate
  hostVersion: string
  installed: readonly Installed[]
  source: PackageSource
  /** Install optional dependencies too, where that is possible. */
  includeOptional?: boolean | undefined
}

/**
 * What installing the root at a site would do; where any solution exists, one is found.
 *
 * A solution holds the root in its very version and all that it needs, transitively, each made for the site's host.
 * Every range of what the plan installs, upgrades or needs holds, an optional one where the plugin is there; ranges of what stays
 * hold for all that the plan changes. No two of which one is new declare a conflict or contribute the same, nothing is
 * downgraded, what was revoked serves nobody, and nothing needs itself in a circle (optional dependencies make none).
 * What is only in the way may be upgraded too.
 *
 * The best solution is taken, by the first point in which two differ:
 * 1. installed plugins by slug: one is kept rather than upgraded;
 * 2. then from the root, breadth first, dependencies by slug: what is kept, else the higher version; an optional one
 *    with `includeOptional` (where what depends on it is installed or upgraded): a version rather than none;
 * 3. then in the same way from installed ones that are upgraded, though nothing before needs them, by slug: a release
 *    rather than a prerelease, else the higher version.
 *
 * Versions are compared as SemVer says, without build metadata; ranges are node-semver's, which take a prerelease only
 * where they name one of the same version. Declared conflicts and hosts' ranges take prereleases by where they lie.
 * TOO_COMPLEX where the search for any plan was given up; where just that for the best one was, the best so far is taken, which
 * is the best in what comes first.
 */
export async function resolvePlan(question: PlanQuestion, patience: Patience = {}): Promise<Plan> {
  const found = await searchPlan(question, patience)
  if (found.outcome === 'PLAN') return { steps: steps(found.chosen, question.root.slug), conflicts: [] }
  const conflict =
    found.outcome === 'NONE' ? await toldBest(question, found.facts) : tooComplex(question.root)
  return { steps: [], conflicts: [conflict] }
}

/**
 * Circles are to blame only where there would be a solution with one. And that nothing is downgraded says less than who
 * needs the newer version, so that it too is a reason only where there would be a solution otherwise.
 */
async function toldBest(question: PlanQuestion, facts: PlanFacts): Promise<PlanConflict> {
  const kinds = new Set(facts.facts.map((fact) => fact.kind))
  if (kinds.has('NO_DOWNGRADE')) {
    const lenient = await searchPlan(question, { circles: true, downgrades: true })
    if (lenient.outcome === 'NONE') return tellConflict(question, lenient.facts)
  }
  if (kinds.has('CIRCLE')) {
    const lenient = await searchPlan(question, { circles: true })
    if (lenient.outcome === 'NONE') return tellConflict(question, lenient.facts)
  }
  return tellConflict(question, facts)
}

function steps(chosen: readonly Choice[], root: string): PlanStep[] {
  return orderChosen(chosen, root).map(({ slot, kind, offer }) => {
    const action = kind === 'KEPT' ? 'KEEP' : slot.installed === null ? 'INSTALL' : 'UPGRADE'
    const requiredBy = chosen
      .filter((it) => it.candidate!.dependencies.some((dependency) => dependency.slug === slot.slug))
      .map((it) => it.slot.slug)
      .sort()
    return { action, candidate: offer!, requiredBy }
  })
}

function tooComplex({ slug, version }: Version): PlanConflict {
  const message = `What ${slug} ${version} needs has too many versions that exclude each other: the search was given up. Install some of what it needs first, in versions that you choose.`
  return { kind: 'TOO_COMPLEX', message, slugs: [slug] }
}
