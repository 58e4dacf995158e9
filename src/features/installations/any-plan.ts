import type { Literal } from '../../lib/sat-trail.ts'
import type { PlanFacts } from './plan-facts.ts'
import type { Choice, Slot } from './plan-slots.ts'
import type { Walk } from './plan-walk.ts'

/**
 * Decides so that some plan is found soon, or that there is none, whatever it is: next is that of the needed plugins which was
 * most in the way of late, for the versions that it has left, and it gets the version that it had last.
 */
export class AnyPlan {
  readonly #facts: PlanFacts
  readonly #walk: Walk
  readonly #root: Slot
  /** By literal. */
  #choices: (Choice | undefined)[] = []
  /** Needed by what is chosen, in that order, each since the trail had this length; and those of which a version is chosen. */
  #needed: Since[] = []
  #settled: Since[] = []
  readonly #isNeeded = new Set<Slot>()
  readonly #isSettled = new Set<Slot>()
  readonly #last = new Map<Slot, Choice>()
  #isWalked = false

  constructor(facts: PlanFacts, walk: Walk, root: string) {
    this.#facts = facts
    this.#walk = walk
    this.#root = facts.slot(root)
  }

  /** What is decided next; where all that is needed has a version, the walk tells what is missing. */
  decide(): Literal | 'MODEL' | 'PAUSE' {
    this.#catchUp()
    const slot = this.#mostInTheWay()
    if (slot !== null) {
      this.#isWalked = false
      const { sat } = this.#facts
      const last = this.#last.get(slot)
      const isOpen = ({ literal }: Choice): boolean => sat.value(literal) === 0
      return (last !== undefined && isOpen(last) ? last : slot.choices.find(isOpen)!).literal
    }
    if (!this.#isWalked) this.#walk.restart()
    this.#isWalked = true
    return this.#walk.decide()
  }

  /** From the trail as far as it has changed. */
  #catchUp(): void {
    const { sat, slots } = this.#facts
    if (this.#choices.length <= sat.variables) {
      this.#choices = []
      for (const { choices } of slots.values()) for (const it of choices) this.#choices[it.literal] = it
      this.#choices[sat.variables + 1] = undefined
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
    this.#last.set(slot, choice)
    if (candidate === null || (kind !== 'OFFERED' && kind !== 'KEPT')) return
    for (const { slug, optional } of candidate.dependencies) {
      if (!optional) this.#need(this.#facts.slot(slug), since)
    }
  }

  #mostInTheWay(): Slot | null {
    const { sat } = this.#facts
    let most: Slot | null = null
    let highest = -1
    for (const { slot } of this.#needed) {
      if (this.#isSettled.has(slot) || !slot.loaded) continue
      let left = 0
      for (const { literal } of slot.choices) if (sat.value(literal) === 0) left += 1
      const weight = sat.weightOf(slot.number) / left
      if (weight > highest) {
        highest = weight
        most = slot
      }
    }
    return most
  }
}

interface Since {
  slot: Slot
  since: number
}
