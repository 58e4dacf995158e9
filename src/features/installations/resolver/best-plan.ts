import type { Literal } from '../../../lib/sat-trail.ts'
import type { AnyPlan } from './any-plan.ts'
import type { PlanFacts } from './plan-facts.ts'
import type { Choice } from './plan-slots.ts'
import type { Walk } from './plan-walk.ts'

/**
 * Makes a plan the best one: decision by decision in the order in which they are preferred. What the plan at hand has so
 * already stays; else it is tried whether any plan has it, besides all that was decided before, and that is then the plan at hand.
 */
export class BestPlan {
  /** What the plan at hand is made of. */
  chosen: readonly Choice[] = []
  /** Decisions that stand before what is tried. */
  certain = 0
  readonly #facts: PlanFacts
  readonly #walk: Walk
  readonly #any: AnyPlan
  /** The plan at hand: 1, -1 or 0 by variable. */
  #model: readonly number[] = []
  /** What the best plan has for certain. */
  readonly #decided: Literal[] = []
  #tried: Literal | null = null

  constructor(facts: PlanFacts, walk: Walk, any: AnyPlan) {
    this.#facts = facts
    this.#walk = walk
    this.#any = any
  }

  /** Whether the last model is one that was tried; else it is the best. */
  get isTrying(): boolean {
    return this.#tried !== null
  }

  /** Takes the model that was found as the plan at hand. */
  accept(): void {
    const { sat } = this.#facts
    this.#model = sat.trail.copy()
    this.chosen = this.#walk.chosen
    if (this.#tried !== null) this.#decided.push(this.#tried)
    this.#tried = null
    sat.backTo(this.certain)
    this.#walk.restart()
  }

  /** What is decided next. */
  decide(): Literal | 'MODEL' | 'PAUSE' {
    const { sat } = this.#facts
    if (sat.trail.level < this.certain || this.certain === 0) {
      const open = this.#decided.find((it) => sat.value(it) === 0)
      if (open !== undefined) return open
      this.certain = sat.trail.level
    }
    if (this.#tried !== null) {
      const value = sat.value(this.#tried)
      if (value === 0) return this.#tried
      if (value === 1) return this.#any.decide()
      // No plan has it: that is known for ever.
      this.#tried = null
      this.#walk.restart()
    }
    const next = this.#walk.decide()
    if (typeof next !== 'number') return next
    if (this.#model[Math.abs(next)] === Math.sign(next)) {
      this.#decided.push(next)
      this.certain = sat.trail.level + 1
    } else {
      this.#tried = next
      this.certain = sat.trail.level
    }
    return next
  }
}
