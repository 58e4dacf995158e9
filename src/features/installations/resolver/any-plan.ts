import type { Literal } from '../../../lib/sat-trail.ts'
import type { PlanFacts } from './plan-facts.ts'
import type { Choice, Slot } from './plan-slots.ts'
import type { Walk } from './plan-walk.ts'

/**
 * Decides so that some plan is found soon, or that there is none, whatever it is: by what was most in the way of late, each as it
 * was last, until all that is needed has a version.
 */
export class AnyPlan {
  readonly #facts: PlanFacts
  readonly #walk: Walk
  readonly #root: Slot
  /** By literal. */
  readonly #choices: (Choice | undefined)[] = []
  /** Up to which they are known. */
  #variables = 0
  /** Needed by what is chosen, in that order, each since the trail had this length; and those of which a version is chosen. */
  #needed: Since[] = []
  #settled: Since[] = []
  readonly #isNeeded = new Set<Slot>()
  readonly #isSettled = new Set<Slot>()
  #isWalked = false

  constructor(facts: PlanFacts, walk: Walk, root: string) {
    this.#facts = facts
    this.#walk = walk
    this.#root = facts.slot(root)
  }

  /** What is decided next; where all that is needed has a version, the walk tells what is missing. */
  decide(): Literal | 'MODEL' | 'PAUSE' {
    this.#catchUp()
    const next = this.#needed.find(({ slot }) => slot.loaded && !this.#isSettled.has(slot))
    if (next !== undefined) {
      this.#isWalked = false
      const { sat } = this.#facts
      return sat.mostInTheWay() ?? next.slot.choices.find((it) => sat.value(it.literal) === 0)!.literal
    }
    if (!this.#isWalked) this.#walk.restart()
    this.#isWalked = true
    return this.#walk.decide()
  }

  /** From the trail as far as it has changed. */
  #catchUp(): void {
    const { sat, slots } = this.#facts
    if (this.#variables < sat.variables) {
      this.#variables = sat.variables
      for (const { choices } of slots.values()) for (const it of choices) this.#choices[it.literal] = it
    }
    const low = sat.trail.lowest()
    // What has just been read may concern all of it.
    const stands = low === 0 ? -1 : low
    while ((this.#settled.at(-1)?.since ?? -1) > stands) this.#isSettled.delete(this.#settled.pop()!.slot)
    while ((this.#needed.at(-1)?.since ?? -1) > stands) this.#isNeeded.delete(this.#needed.pop()!.slot)
    this.#need(this.#root, 0)
    const { literals } = sat.trail
    for (let at = low; at < literals.length; at += 1) {
      const choice = this.#choices[literals[at]!]
      if (choice !== undefined && this.#isNeeded.has(choice.slot)) this.#settle(choice, at + 1)
    }
  }

  #need(slot: Slot, since: number): void {
    if (this.#isNeeded.has(slot)) return
    this.#isNeeded.add(slot)
    this.#needed.push({ slot, since })
    const choice = slot.choices.find((it) => this.#facts.sat.value(it.literal) === 1)
    if (choice !== undefined) this.#settle(choice, since)
  }

  #settle(choice: Choice, since: number): void {
    const { slot, kind, candidate } = choice
    if (this.#isSettled.has(slot)) return
    this.#isSettled.add(slot)
    this.#settled.push({ slot, since })
    if (candidate === null || (kind !== 'OFFERED' && kind !== 'KEPT')) return
    for (const { slug, optional } of candidate.dependencies) {
      if (!optional) this.#need(this.#facts.slot(slug), since)
    }
  }
}

interface Since {
  slot: Slot
  since: number
}
