import type { PlanFacts } from './plan-facts.ts'
import { refuses, type Limit, type Slot } from './plan-slots.ts'

/** Which choices a limit leaves, a bit each, in the order in which they stand. */
type Left = bigint

/**
 * Adds what follows from how the ranges on one slot lie: of two that leave nothing together one does not hold, and where one
 * leaves no more than another, that holds too. The search would find each of these by itself, but only version by version; with
 * them it meets a third of the contradictions. They are many, so that they are added only where it takes long.
 */
export class Sharpener {
  readonly #facts: PlanFacts
  readonly #known = new Map<Slot, { limit: Limit; left: Left }[]>()

  constructor(facts: PlanFacts) {
    this.#facts = facts
  }

  /** For all that was read since the last call. */
  sharpen(): void {
    for (const slot of this.#facts.slots.values()) {
      if (!slot.loaded) continue
      const known = this.#known.get(slot) ?? []
      this.#known.set(slot, known)
      for (const limit of slot.limits.slice(known.length)) {
        const left = this.#leftBy(slot, limit)
        for (const other of known) this.#relate(slot, limit, left, other)
        known.push({ limit, left })
      }
    }
  }

  #leftBy({ choices }: Slot, { bearing, range }: Limit): Left {
    let left = 0n
    for (const [at, choice] of choices.entries()) {
      if (!refuses(bearing, choice, range, this.#facts.ranges)) left |= 1n << BigInt(at)
    }
    return left
  }

  #relate({ slug }: Slot, one: Limit, left: Left, other: { limit: Limit; left: Left }): void {
    const both = left & other.left
    const rule = (literals: number[]): void => this.#facts.rule(literals, undefined, slug)
    if (both === 0n) rule([-one.literal, -other.limit.literal])
    else if (both === left) rule([-one.literal, other.limit.literal])
    else if (both === other.left) rule([-other.limit.literal, one.literal])
  }
}
