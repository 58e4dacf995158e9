import { setImmediate } from 'node:timers/promises'
import type { Literal } from '../../lib/sat-trail.ts'
import { findCircle } from './find-circle.ts'
import { PlanFacts } from './plan-facts.ts'
import type { Choice, Slot } from './plan-slots.ts'
import type { PlanQuestion } from './resolve-plan.ts'

/**
 * Contradictions that the search may meet, circles among them. Registries of real plugins need fewer than a hundred; what
 * needs more is made to (pigeons and holes), and takes a second until here.
 */
const MAX_CONFLICTS = 5_000
/** Contradictions until others on this thread get their turn: some ten milliseconds. */
const CONFLICTS_A_TURN = 200
/** Plugins whose versions are read for one plan; more are not needed together by anything that people make. */
const MAX_PLUGINS = 5_000

/** Versions that are read together where the highest did not serve. */
const NEXT = 4

export type Found =
  | { outcome: 'PLAN'; facts: PlanFacts; chosen: Choice[] }
  | { outcome: 'NONE' | 'GAVE_UP'; facts: PlanFacts }

/** What a search lets pass, to find out what is to blame. */
export interface Lenience {
  circles?: boolean
  downgrades?: boolean
}

/**
 * The best of all solutions, by the order that `resolvePlan` tells. The search decides in that very order and takes the
 * best that is open, so that its first model is it. Of the registry only that is read which it comes by.
 */
export async function searchPlan(question: PlanQuestion, lenience: Lenience = {}): Promise<Found> {
  const facts = new PlanFacts(question, lenience)
  const walk = new Walk(question, facts)
  let spent = 0
  while (spent < MAX_CONFLICTS && facts.slots.size < MAX_PLUGINS) {
    const before = facts.sat.conflicts
    const outcome = facts.sat.search(() => walk.decide(), CONFLICTS_A_TURN)
    spent += facts.sat.conflicts - before
    if (outcome === 'NONE') return { outcome, facts }
    if (outcome === 'BUDGET') await setImmediate()
    if (outcome === 'PAUSED') await readMissing(question, facts, walk)
    if (outcome !== 'MODEL') continue
    const circle = lenience.circles ? null : findCircle(walk.chosen)
    if (circle === null) return { outcome: 'PLAN', facts, chosen: walk.chosen }
    facts.forbidCircle(circle)
    walk.restart()
    spent += 1
  }
  return { outcome: 'GAVE_UP', facts }
}

/** Reads what the walk came by: versions of plugins, and what the chosen ones ask for, each in one query. */
async function readMissing({ source }: PlanQuestion, facts: PlanFacts, walk: Walk): Promise<void> {
  const slugs = [...walk.unread].map((slot) => slot.slug)
  const choices = walk.undescribed.flatMap(alsoOthers)
  const [versions, candidates] = await Promise.all([
    slugs.length === 0 ? null : source.versionsOf(slugs),
    choices.length === 0 ? null : source.detailsOf(choices.map((choice) => choice.offer!.packageId)),
  ])
  for (const slug of slugs) facts.offer(slug, versions?.get(slug) ?? [])
  for (const choice of choices) facts.describe(choice, candidates!.get(choice.offer!.packageId)!)
  walk.restart()
}

/** Where the first version that was tried did not serve, the next are read with the second, and with the third the rest. */
function alsoOthers(choice: Choice): Choice[] {
  const offered = choice.slot.choices.filter((it) => it.kind === 'OFFERED')
  const known = offered.filter((it) => it.candidate !== null).length
  const unknown = offered.slice(offered.indexOf(choice)).filter((it) => it.candidate === null)
  if (known === 0) return [choice]
  return known === 1 ? unknown.slice(0, NEXT) : unknown
}

/** From the root through all that is chosen, breadth first, dependencies by slug. */
class Walk {
  /** What the plan is made of, as far as it was walked. */
  chosen: Choice[] = []
  readonly unread = new Set<Slot>()
  readonly undescribed: Choice[] = []
  readonly #question: PlanQuestion
  readonly #facts: PlanFacts
  /** Installed ones that could be kept, by slug. */
  readonly #installed: Slot[]
  #queue: { slot: Slot; unasked: boolean }[] = []
  #at = 0
  #visited = new Set<Slot>()
  #conflicts = -1

  constructor(question: PlanQuestion, facts: PlanFacts) {
    this.#question = question
    this.#facts = facts
    this.#installed = question.installed
      .filter((it) => it.slug !== question.root.slug)
      .map((it) => facts.slot(it.slug))
      .sort((a, b) => (a.slug < b.slug ? -1 : 1))
  }

  restart(): void {
    this.#conflicts = -1
  }

  /** What is decided next: first that what is installed is kept, then versions on the walk, then that all else stays as it is. */
  decide(): Literal | 'MODEL' | 'PAUSE' {
    const { sat, slots } = this.#facts
    if (this.#conflicts !== sat.conflicts) this.#begin()
    for (const slot of this.#installed) {
      if (!slot.installed!.revoked && sat.value(slot.taken) === 0) return -slot.taken
    }
    const decision = this.#walk()
    if (decision !== null) return decision
    if (this.unread.size > 0 || this.undescribed.length > 0) return 'PAUSE'
    for (const { choices } of slots.values()) {
      if (choices.some((it) => sat.value(it.literal) === 1)) continue
      return choices.findLast((it) => sat.value(it.literal) === 0)!.literal
    }
    return 'MODEL'
  }

  #begin(): void {
    this.#conflicts = this.#facts.sat.conflicts
    this.chosen = []
    this.unread.clear()
    this.undescribed.length = 0
    this.#visited = new Set()
    this.#queue = []
    this.#at = 0
    this.#enqueue(this.#facts.slot(this.#question.root.slug), {})
  }

  #walk(): Literal | null {
    const { sat } = this.#facts
    for (;;) {
      while (this.#at < this.#queue.length) {
        const { slot, unasked } = this.#queue[this.#at]!
        const choice = slot.choices.find((it) => sat.value(it.literal) === 1)
        if (choice === undefined && slot.loaded) return this.#best(slot, unasked)
        this.#at += 1
        if (choice === undefined) this.unread.add(slot)
        else this.#take(choice)
      }
      const next = this.#installed.find((it) => sat.value(it.taken) === 1 && !this.#visited.has(it))
      if (next === undefined) return null
      this.#enqueue(next, { unasked: true })
    }
  }

  /** The best version that is open. One for which nobody's range asks is a prerelease only where no release serves. */
  #best({ choices }: Slot, unasked: boolean): Literal {
    const open = choices.filter((it) => this.#facts.sat.value(it.literal) === 0)
    const release = unasked ? open.find((it) => it.version?.prerelease.length === 0) : undefined
    return (release ?? open[0]!).literal
  }

  #take(choice: Choice): void {
    if (choice.kind !== 'OFFERED' && choice.kind !== 'KEPT') return
    this.chosen.push(choice)
    if (choice.candidate === null) {
      this.undescribed.push(choice)
      return
    }
    const wanting = this.#question.includeOptional === true && choice.kind === 'OFFERED'
    for (const { slug, optional } of bySlug(choice.candidate.dependencies)) {
      const slot = this.#facts.slot(slug)
      if (!optional || (wanting && !this.#isLeft(slot))) this.#enqueue(slot, {})
    }
  }

  /** Whether it is installed and stays: that somebody could use it is no reason to touch it. */
  #isLeft(slot: Slot): boolean {
    return slot.installed !== null && !slot.installed.revoked && this.#facts.sat.value(slot.taken) === -1
  }

  #enqueue(slot: Slot, { unasked = false }: { unasked?: boolean }): void {
    if (this.#visited.has(slot)) return
    this.#visited.add(slot)
    this.#queue.push({ slot, unasked })
  }
}

function bySlug<Item extends { slug: string }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (a.slug < b.slug ? -1 : 1))
}
