import { Sat } from '../../../lib/sat.ts'
import type { Literal } from '../../../lib/sat-trail.ts'
import type { Fact } from './fact.ts'
import type { PlanFacts } from './plan-facts.ts'

/** Contradictions met in one try to do without a fact; where it takes more, the fact is kept. */
const MAX_CONFLICTS = 1_000

/** What explains least comes first: it is told only where it must be. */
const KINDS: readonly Fact['kind'][] = ['NO_DOWNGRADE', 'CIRCLE', 'HOST', 'COLLIDES', 'AVOIDS', 'NEEDS']

/** Facts up to which several beginnings are tried: each costs a search of all, and one more for every fact of its core. */
const FEW_FACTS = 500

/**
 * Searches for one explanation. Most take fewer than a hundred; where these are spent, the facts that are left are told,
 * which contradict each other no less.
 */
const MAX_SEARCHES = 300

/**
 * Facts that have no solution together, and have one as soon as any of them is left out: the fewest that were found from several
 * beginnings (to prove that there are no fewer would take trying all sets).
 */
export function smallestContradiction(known: PlanFacts): Fact[] {
  const { facts } = known
  const all = [...facts.keys()]
  const trial = new Trial(known)
  const beginnings = [
    () => trial.coreOf(all),
    () => withoutDullest(trial, known, all),
    () => trial.coreOf(all.toReversed()),
    () => trial.coreOf(all),
  ]
  let best: Fact[] | null = null
  for (const [at, begin] of beginnings.slice(0, all.length > FEW_FACTS ? 1 : undefined).entries()) {
    const core = begin()
    if (core === null) continue
    const reduced = reduce(trial, known, core, at % 2 === 0 ? 1 : -1).map((number) => facts[number]!)
    if (best === null || isBetter(reduced, best)) best = reduced
    // There is nothing shorter to be found: one fact alone contradicts only what is asked.
    if (best.length < 2 || (best.length === 2 && best.every((it) => it.kind === 'NEEDS'))) break
  }
  return best!
}

/** A contradiction that does without the kinds that explain least, as far as there is one. */
function withoutDullest(
  trial: Trial,
  { facts }: PlanFacts,
  all: readonly number[],
): ReadonlySet<number> | null {
  let left = all
  let core: ReadonlySet<number> | null = null
  for (const kind of KINDS) {
    const fewer = left.filter((number) => facts[number]!.kind !== kind)
    const found = fewer.length < left.length ? trial.coreOf(fewer) : null
    if (found === null) continue
    core = found
    left = fewer
  }
  return core
}

/** Leaves out one after the other what is not needed for the contradiction, later facts first or last. */
function reduce(trial: Trial, { facts }: PlanFacts, start: ReadonlySet<number>, direction: 1 | -1): number[] {
  const rank = (number: number): number => KINDS.indexOf(facts[number]!.kind)
  let core = [...start]
  for (const fact of core.toSorted((a, b) => rank(a) - rank(b) || direction * (b - a))) {
    if (!core.includes(fact)) continue
    const others = core.filter((it) => it !== fact)
    core = [...(trial.coreOf(others) ?? core)]
  }
  return core
}

function isBetter(one: readonly Fact[], other: readonly Fact[]): boolean {
  const dullness = (facts: readonly Fact[]): number =>
    facts.reduce((sum, it) => sum + KINDS.length - KINDS.indexOf(it.kind), 0)
  return one.length < other.length || (one.length === other.length && dullness(one) < dullness(other))
}

/** Tries what some of the facts come to, over and over: what was learned in one try holds in the others. */
class Trial {
  readonly #known: PlanFacts
  readonly #sat = new Sat()
  /** By fact: assumed, the fact holds. */
  readonly #switches: Literal[] = []
  #searches = 0

  constructor(known: PlanFacts) {
    this.#known = known
    for (let at = 0; at < known.sat.variables; at += 1) this.#sat.newVariable()
    for (const _ of known.facts) this.#switches.push(this.#sat.newVariable())
    for (const { literals, origin } of known.rules) {
      this.#sat.add(origin === undefined ? literals : [...literals, -this.#switches[origin]!])
    }
  }

  /** Those of the facts that contradict each other; null where they have a solution, or none was ruled out in time. */
  coreOf(numbers: readonly number[]): ReadonlySet<number> | null {
    if (this.#searches >= MAX_SEARCHES) return null
    this.#searches += 1
    const { facts, slots } = this.#known
    const sat = this.#sat
    const slugs = new Set(numbers.flatMap((number) => slugsOf(facts[number]!)))
    const concerned = [...slugs].flatMap((slug) => slots.get(slug) ?? [])
    let at = 0
    let conflicts = -1
    const decide = () => {
      if (conflicts !== sat.conflicts) at = 0
      conflicts = sat.conflicts
      for (; at < concerned.length; at += 1) {
        const { choices } = concerned[at]!
        if (choices.some((it) => sat.value(it.literal) === 1)) continue
        const open = choices.findLast((it) => sat.value(it.literal) === 0)
        if (open !== undefined) return open.literal
      }
      return 'MODEL'
    }
    sat.backTo(0)
    const assumed = numbers.map((number) => this.#switches[number]!)
    if (sat.search(decide, MAX_CONFLICTS, assumed) !== 'NONE') return null
    return new Set(sat.core.map((it) => it - this.#switches[0]!))
  }
}

function slugsOf(fact: Fact): string[] {
  return 'on' in fact ? [fact.by, fact.on] : fact.kind === 'CIRCLE' ? fact.path : [fact.by]
}
