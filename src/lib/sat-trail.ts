import type { Weights } from './sat-weights.ts'

/** A variable is a number from 1; a literal is a variable, or its negative for "not". */
export type Literal = number

/** A clause of three literals or more. It is watched at its first two; where it made one hold, that is the first. */
export interface Clause {
  readonly literals: Literal[]
  /** Of a learned clause: how many decisions its literals had their values from. The fewer, the more it tells; 0 where it was added. */
  readonly spread: number
  /** It is no longer watched: what was learned last knows better. */
  isDropped: boolean
}

/** What holds, in the order in which it came to, since which decision, and why. */
export class Trail {
  readonly literals: Literal[] = []
  /** By variable: how many decisions stood when it got its value. */
  readonly levels: number[] = [0]
  /** By variable: the value that it had last, -1 before it had any. */
  readonly lasts: number[] = [0]
  /** Up to where the consequences were drawn. */
  next = 0
  /** 1, -1 or 0 (open) by variable. */
  readonly #values: number[] = [0]
  /** Why a variable has its value: a clause, or of a clause of two the other literal; null and 0 where it was decided. */
  readonly #reasons: (Clause | null)[] = [null]
  readonly #causes: Literal[] = [0]
  /** Where on the trail each decision stands. */
  readonly #decisions: number[] = []
  /** The shortest that it has been since it was last asked for by `lowest`. */
  #low = 0
  readonly #weights: Weights

  constructor(weights: Weights) {
    this.#weights = weights
  }

  /** How many variables there are. */
  get variables(): number {
    return this.#values.length - 1
  }

  /** How many decisions stand. */
  get level(): number {
    return this.#decisions.length
  }

  newVariable(): Literal {
    this.levels.push(0)
    this.lasts.push(-1)
    this.#reasons.push(null)
    this.#causes.push(0)
    return this.#values.push(0) - 1
  }

  /** 1 where the literal holds, -1 where it does not, 0 where that is open. */
  value(literal: Literal): number {
    return literal > 0 ? this.#values[literal]! : -this.#values[-literal]!
  }

  /** How much of it stands since the last call. */
  lowest(): number {
    const low = this.#low
    this.#low = this.literals.length
    return low
  }

  /** 1, -1 or 0 by variable, as they are now. */
  copy(): readonly number[] {
    return [...this.#values]
  }

  /** What is put from now on is one decision with its consequences. */
  open(): void {
    this.#decisions.push(this.literals.length)
  }

  /** Notes that an open literal holds: because of a clause, because another literal does not, or because it was decided so. */
  put(literal: Literal, reason: Clause | null, cause: Literal): void {
    const variable = Math.abs(literal)
    this.#values[variable] = literal > 0 ? 1 : -1
    this.levels[variable] = this.#decisions.length
    this.#reasons[variable] = reason
    this.#causes[variable] = cause
    this.literals.push(literal)
  }

  /** The clause that made a variable hold; null where there is none, or it has two literals. */
  reasonOf(variable: Literal): Clause | null {
    return this.#reasons[variable]!
  }

  /** The literal because of which, as it does not hold, the variable has its value by a clause of two; 0 where there is none. */
  causeOf(variable: Literal): Literal {
    return this.#causes[variable]!
  }

  /** Takes back all decisions but so many. */
  backTo(level: number): void {
    if (this.#decisions.length <= level) return
    const from = this.#decisions[level]!
    for (let at = this.literals.length - 1; at >= from; at -= 1) {
      const variable = Math.abs(this.literals[at]!)
      this.lasts[variable] = this.#values[variable]!
      this.#values[variable] = 0
      this.#weights.offer(variable)
    }
    this.literals.length = from
    this.#low = Math.min(this.#low, from)
    this.#decisions.length = level
    this.next = from
  }
}
