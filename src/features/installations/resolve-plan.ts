import semver from 'semver'

/** A version that could be installed, with what it asks for. */
export interface Candidate {
  packageId: string
  pluginId: string
  slug: string
  version: string
  /** `engines.host`. */
  hostRange: string
  dependencies: readonly { slug: string; range: string; optional: boolean }[]
}

/** What is at the site already. */
export interface Installed extends Candidate {
  installationId: string
  /** Its package was revoked: it is replaced, not kept. */
  revoked: boolean
}

export interface PlanStep {
  action: 'INSTALL' | 'UPGRADE' | 'KEEP'
  candidate: Candidate
  requiredBy: string[]
}

export type ConflictKind =
  | 'NOT_FOUND'
  | 'NO_MATCHING_VERSION'
  | 'VERSION_CONFLICT'
  | 'CYCLE'
  | 'HOST_INCOMPATIBLE'
  | 'BREAKS_DEPENDENT'

export interface PlanConflict {
  kind: ConflictKind
  /** The whole chain in words. */
  message: string
  slugs: string[]
}

export interface Plan {
  /** Dependencies stand before what needs them. Empty where there are conflicts. */
  steps: PlanStep[]
  conflicts: PlanConflict[]
}

export interface PlanQuestion {
  root: Candidate
  hostVersion: string
  installed: readonly Installed[]
  /** Approved versions of a plugin, highest first; empty where there is no such plugin. */
  candidatesOf: (slug: string) => Promise<readonly Candidate[]>
}

/** Who asks for a version, and which. */
interface Demand {
  by: string
  range: string
  /** Asked for by what stays at the site as it is. */
  fromInstalled: boolean
}

/**
 * What installing the root at a site would do. Where what is installed serves, and was not revoked, it is kept; else the highest version
 * that all demands allow is taken, by backtracking over the versions. Optional dependencies are left to whoever
 * installs them, but hold where they are there.
 */
export async function resolvePlan(question: PlanQuestion): Promise<Plan> {
  const search = new Search(question)
  const chosen = await search.choose(new Map(), [question.root.slug])
  if (chosen === null) return { steps: [], conflicts: [search.conflict()] }
  return order(question, chosen)
}

class Search {
  readonly #question: PlanQuestion
  #worst: { depth: number; conflict: PlanConflict } | null = null

  constructor(question: PlanQuestion) {
    this.#question = question
  }

  /** The conflict that was met deepest: the one that stood in the way when most else was settled. */
  conflict(): PlanConflict {
    return this.#worst!.conflict
  }

  /** Extends a choice until nothing is open; null where no version fits. */
  async choose(
    chosen: Map<string, Candidate>,
    open: readonly string[],
  ): Promise<Map<string, Candidate> | null> {
    const slug = open.find((candidate) => !chosen.has(candidate))
    if (slug === undefined) return chosen
    const demands = this.#demands(slug, chosen)
    const fitting = await this.#fitting(slug, demands, chosen.size)
    for (const candidate of fitting) {
      const extended = new Map(chosen).set(slug, candidate)
      const broken = this.#brokenBy(candidate, extended)
      if (broken !== null) {
        this.#note(chosen.size + 1, broken)
        continue
      }
      const needed = candidate.dependencies.filter((it) => !it.optional).map((it) => it.slug)
      const result = await this.choose(extended, [...open, ...needed])
      if (result !== null) return result
    }
    return null
  }

  async #fitting(slug: string, demands: readonly Demand[], depth: number): Promise<Candidate[]> {
    const { root, installed, hostVersion, candidatesOf } = this.#question
    const there = installed.find((it) => it.slug === slug)
    const offered =
      slug === root.slug
        ? [root]
        : [...(there && !there.revoked ? [there] : []), ...(await candidatesOf(slug))]
    const asked = demands.map(({ by, range }) => `${by} needs ${slug} ${range}`)
    if (offered.length === 0) {
      this.#note(depth, {
        kind: 'NOT_FOUND',
        message: `${words(asked)}, but there is no approved ${slug}.`,
        slugs: [slug],
      })
      return []
    }
    const hosted = offered.filter((it) => semver.satisfies(hostVersion, it.hostRange, INCLUDE_HOST))
    if (hosted.length === 0) {
      const message = `${slug} ${offered[0]!.version} is made for hosts ${offered[0]!.hostRange}, but the site runs ${hostVersion}.`
      this.#note(depth, { kind: 'HOST_INCOMPATIBLE', message, slugs: [slug] })
      return []
    }
    const fitting = hosted.filter((it) =>
      demands.every((demand) => semver.satisfies(it.version, demand.range)),
    )
    if (fitting.length === 0) this.#note(depth, this.#unmet(slug, demands, hosted, asked))
    return fitting
  }

  #unmet(
    slug: string,
    demands: readonly Demand[],
    offered: readonly Candidate[],
    asked: string[],
  ): PlanConflict {
    const each = demands.every((demand) => offered.some((it) => semver.satisfies(it.version, demand.range)))
    const slugs = [slug, ...demands.map((demand) => demand.by.split(' ')[0]!)]
    if (!each || demands.length < 2) {
      const versions = offered.slice(0, 5).map((it) => it.version)
      const message = `${words(asked)}, but only ${versions.join(', ')} can be had.`
      return { kind: 'NO_MATCHING_VERSION', message, slugs }
    }
    const kind = demands.some((demand) => demand.fromInstalled) ? 'BREAKS_DEPENDENT' : 'VERSION_CONFLICT'
    return { kind, message: `${words(asked)}: no version of ${slug} serves all.`, slugs }
  }

  /** Demands on a plugin by what was chosen, and by what is installed and not itself replaced. */
  #demands(slug: string, chosen: ReadonlyMap<string, Candidate>): Demand[] {
    const staying = this.#question.installed.filter(
      (it) => !chosen.has(it.slug) && it.slug !== this.#question.root.slug,
    )
    const of = (candidates: Iterable<Candidate>, fromInstalled: boolean): Demand[] =>
      [...candidates].flatMap((it) =>
        it.dependencies
          .filter((dependency) => dependency.slug === slug)
          .map((dependency) => ({ by: `${it.slug} ${it.version}`, range: dependency.range, fromInstalled })),
      )
    return [...of(chosen.values(), false), ...of(staying, true)]
  }

  /** A demand of the new choice on what was chosen before that does not hold. */
  #brokenBy(candidate: Candidate, chosen: ReadonlyMap<string, Candidate>): PlanConflict | null {
    for (const { slug, range } of candidate.dependencies) {
      const other = chosen.get(slug)
      if (other === undefined || semver.satisfies(other.version, range)) continue
      const demands = this.#demands(slug, chosen).map(
        (demand) => `${demand.by} needs ${slug} ${demand.range}`,
      )
      const message = `${words(demands)}: no version of ${slug} serves all.`
      return { kind: 'VERSION_CONFLICT', message, slugs: [candidate.slug, slug] }
    }
    return null
  }

  #note(depth: number, conflict: PlanConflict): void {
    if (this.#worst === null || depth > this.#worst.depth) this.#worst = { depth, conflict }
  }
}

/** A host's prerelease counts as the version that it leads to. */
const INCLUDE_HOST = { includePrerelease: true }

function words(parts: readonly string[]): string {
  return parts.length < 2
    ? (parts[0] ?? 'The request')
    : `${parts.slice(0, -1).join(', ')}, but ${parts.at(-1)!}`
}

/** Dependencies first; a cycle has no order and is a conflict. */
function order(question: PlanQuestion, chosen: ReadonlyMap<string, Candidate>): Plan {
  const steps: PlanStep[] = []
  const state = new Map<string, 'open' | 'done'>()
  const path: string[] = []
  let cycle: string[] | null = null
  const visit = (candidate: Candidate): void => {
    if (state.get(candidate.slug) === 'done' || cycle !== null) return
    path.push(candidate.slug)
    if (state.get(candidate.slug) === 'open') {
      cycle = path.slice(path.indexOf(candidate.slug))
      return
    }
    state.set(candidate.slug, 'open')
    for (const dependency of candidate.dependencies) {
      const next = chosen.get(dependency.slug)
      if (next !== undefined) visit(next)
    }
    path.pop()
    state.set(candidate.slug, 'done')
    steps.push(toStep(question, chosen, candidate))
  }
  visit(chosen.get(question.root.slug)!)
  if (cycle === null) return { steps, conflicts: [] }
  const slugs: string[] = cycle
  return {
    steps: [],
    conflicts: [
      { kind: 'CYCLE', message: `These need each other in a circle: ${slugs.join(' → ')}.`, slugs },
    ],
  }
}

function toStep(
  question: PlanQuestion,
  chosen: ReadonlyMap<string, Candidate>,
  candidate: Candidate,
): PlanStep {
  const there = question.installed.find((it) => it.slug === candidate.slug)
  const action = there === undefined ? 'INSTALL' : there.version === candidate.version ? 'KEEP' : 'UPGRADE'
  const requiredBy = [...chosen.values()]
    .filter((it) => it.dependencies.some((dependency) => dependency.slug === candidate.slug))
    .map((it) => it.slug)
    .sort()
  return { action, candidate, requiredBy }
}
