import type { Literal } from '../../../lib/sat-trail.ts'
import type { PlanFacts } from './plan-facts.ts'
import type { Choice, Slot } from './plan-slots.ts'
import type { PlanQuestion } from './plan.ts'

/** From the root through all that is chosen, breadth first, dependencies by slug. */
export class Walk {
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
  /** What is left when all that is needed was walked. */
  #rest: Slot[] | null = null

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
    const { sat } = this.#facts
    if (this.#conflicts !== sat.conflicts) this.#begin()
    for (const slot of this.#installed) {
      if (!slot.installed!.revoked && sat.value(slot.taken) === 0) return -slot.taken
    }
    const decision = this.#walk()
    if (decision !== null) return decision
    if (this.unread.size > 0 || this.undescribed.length > 0) return 'PAUSE'
    this.#rest ??= [...this.#installed]
    for (; this.#rest.length > 0; this.#rest.pop()) {
      const { choices } = this.#rest.at(-1)!
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
    this.#rest = null
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
