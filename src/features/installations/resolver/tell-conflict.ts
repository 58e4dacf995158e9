import type { Fact } from './fact.ts'
import type { PlanFacts } from './plan-facts.ts'
import type { ConflictKind, PlanConflict, PlanQuestion } from './plan.ts'
import { smallestContradiction } from './smallest-contradiction.ts'

/** Versions that are told one by one; of more, the first and last. */
const MAX_TOLD = 3

type Demand = Fact & { kind: 'NEEDS' }

/** Why there is no solution: the shortest chain of reasons that contradict each other, in words. */
export function tellConflict(question: PlanQuestion, facts: PlanFacts): PlanConflict {
  const reasons = inOrder(question, smallestContradiction(facts))
  const told = new Teller(question, facts, reasons)
  return told.conflict()
}

/** By how far from the root they are; what binds from the site itself comes after. */
function inOrder({ root }: PlanQuestion, reasons: readonly Fact[]): Fact[] {
  const distance = new Map([[root.slug, 0]])
  const needs = reasons.filter((it) => it.kind === 'NEEDS')
  for (const [slug, steps] of distance) {
    for (const { by, on } of needs) if (by === slug && !distance.has(on)) distance.set(on, steps + 1)
  }
  const rank = ({ by, kind }: Fact): number => (distance.get(by) ?? 1_000) + (kind === 'NEEDS' ? 0 : 0.5)
  const name = (it: Fact): string => `${it.by} ${'on' in it ? it.on : ''}`
  return reasons.toSorted((a, b) => rank(a) - rank(b) || (name(a) < name(b) ? -1 : 1))
}

class Teller {
  readonly #question: PlanQuestion
  readonly #facts: PlanFacts
  readonly #reasons: readonly Fact[]
  readonly #needs: readonly Demand[]

  constructor(question: PlanQuestion, facts: PlanFacts, reasons: readonly Fact[]) {
    this.#question = question
    this.#facts = facts
    this.#reasons = reasons
    this.#needs = reasons.filter((it) => it.kind === 'NEEDS')
  }

  conflict(): PlanConflict {
    const circles = this.#reasons.filter((it) => it.kind === 'CIRCLE')
    if (circles.length > 0) {
      const paths = circles.map((it) => it.path.join(' → ')).join('; ')
      const inCircle = (it: Demand): boolean =>
        circles.some(({ path }) => path.some((slug, at) => slug === it.by && path[at + 1] === it.on))
      const others = this.#needs.filter((it) => !inCircle(it)).map((it) => this.#words(it))
      const rest = this.#reasons.filter((it) => it.kind !== 'NEEDS' && it.kind !== 'CIRCLE')
      const chain = [...others, ...rest.map((it) => this.#words(it))]
      const because = chain.length === 0 ? '' : ` (${chain.join(', ')})`
      return {
        kind: 'CYCLE',
        message: `These need each other in a circle: ${paths}${because}.`,
        slugs: [...circles[0]!.path],
      }
    }
    const missing = this.#needs.find((it) => this.#offered(it.on).length === 0)
    if (missing !== undefined) {
      const message = `${this.#chain()}, but there is no approved ${missing.on}.`
      return { kind: 'NOT_FOUND', message, slugs: [missing.on] }
    }
    return this.#contradiction()
  }

  #contradiction(): PlanConflict {
    const hub = this.#hub()
    const askers = [...new Set(this.#reasons.map((it) => it.by))].filter((slug) => slug !== hub)
    const slugs = hub === null ? askers : [hub, ...askers]
    const last = this.#reasons.at(-1)!
    const kind = this.#kind()
    if (kind === 'NO_MATCHING_VERSION') {
      const versions = this.#offered((last as Demand).on)
      const more = versions.length > 5 ? `, … ${versions.at(-1)!}` : ''
      const can = `${versions.slice(0, 5).join(', ')}${more}`
      return { kind, message: `${this.#chain()}, but only ${can} can be had.`, slugs }
    }
    const end = hub !== null && ['VERSION_CONFLICT', 'BREAKS_DEPENDENT'].includes(kind) && this.#isAsked(hub)
    return { kind, message: `${this.#chain(true)}${end ? `: no version of ${hub} serves all` : ''}.`, slugs }
  }

  /** Of the reasons there are, the one that says most. */
  #kind(): ConflictKind {
    const kinds = new Set(this.#reasons.map((it) => it.kind))
    if (kinds.has('HOST')) return 'HOST_INCOMPATIBLE'
    if (kinds.has('COLLIDES')) return 'CONTRIBUTION_CONFLICT'
    if (kinds.has('AVOIDS')) return 'DECLARED_CONFLICT'
    if (this.#needs.some((it) => this.#isStaying(it))) return 'BREAKS_DEPENDENT'
    const last = this.#reasons.at(-1)!
    const alone = last.kind === 'NEEDS' && this.#needs.filter((it) => it.on === last.on).length === 1
    return alone && kinds.size === 1 ? 'NO_MATCHING_VERSION' : 'VERSION_CONFLICT'
  }

  /** A demand of what is installed and not itself needed. */
  #isStaying({ by, versions }: Demand): boolean {
    const there = this.#question.installed.find((it) => it.slug === by && !it.revoked)
    if (there === undefined || by === this.#question.root.slug || !versions.has(there.version)) return false
    return !this.#needs.some((it) => it.on === by)
  }

  /** The slug that most of the reasons are about. */
  #hub(): string | null {
    const counts = new Map<string, number>()
    for (const reason of this.#reasons) {
      const about = 'on' in reason ? reason.on : reason.by
      counts.set(about, (counts.get(about) ?? 0) + 1)
    }
    const most = Math.max(...counts.values())
    return [...counts].findLast(([, count]) => count === most)?.[0] ?? null
  }

  #isAsked(slug: string): boolean {
    return this.#needs.filter((it) => it.on === slug).length > 1
  }

  #chain(opposed = false): string {
    const parts = this.#reasons.map((reason) => this.#words(reason))
    if (!opposed || parts.length < 2) return parts.join(', ')
    return `${parts.slice(0, -1).join(', ')}, but ${parts.at(-1)!}`
  }

  #words(reason: Fact): string {
    const who = this.#named(reason)
    if (reason.kind === 'NEEDS') return `${who} needs ${reason.on} ${reason.range}`
    if (reason.kind === 'AVOIDS') return `${who} conflicts with ${reason.on} ${reason.range}`
    if (reason.kind === 'COLLIDES') return `${reason.by} and ${reason.on} both add the ${reason.what}`
    if (reason.kind === 'CIRCLE') return reason.path.join(' → ')
    if (reason.kind === 'NO_DOWNGRADE') return `${who} is installed and is not downgraded`
    return `${who} is made for hosts ${reason.range} and the site runs ${this.#question.hostVersion}`
  }

  /** A slug with those of its versions that the other reasons leave. */
  #named({ by, versions }: Fact): string {
    const ranges = this.#needs.filter((it) => it.on === by).map((it) => it.range)
    const fitting = [...versions].filter((version) =>
      ranges.every((range) => this.#facts.ranges.within(range, version)),
    )
    const told = fitting.length === 0 ? [...versions] : fitting
    if (told.length <= MAX_TOLD) return `${by} ${told.join(' or ')}`
    return `${by} ${told.at(-1)!} to ${told[0]!}`
  }

  #offered(slug: string): string[] {
    const choices = this.#facts.slots.get(slug)?.choices ?? []
    return choices.flatMap((it) => (it.kind === 'OFFERED' || it.kind === 'KEPT' ? [it.offer!.version] : []))
  }
}
