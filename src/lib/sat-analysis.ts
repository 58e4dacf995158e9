import type { Literal, Trail } from './sat-trail.ts'
import type { Weights } from './sat-weights.ts'

/** How far it is looked for why a literal holds, to leave it out of what is learned. */
const MAX_DEPTH = 200

/** What a conflict teaches. */
export interface Lesson {
  /** The first is the one that it makes hold. */
  literals: Literal[]
  /** How many decisions they had their values from. */
  spread: number
  /** Decisions that stand when it does. */
  level: number
}

/** Finds out what brought a conflict about. */
export class Analysis {
  readonly #trail: Trail
  readonly #weights: Weights
  /** By variable: the conflict in which it was last seen, found to follow from what was seen, or found not to. */
  readonly #seen: number[] = []
  readonly #following: number[] = []
  readonly #unrelated: number[] = []
  /** By level: the conflict in which it was last counted. */
  readonly #counted: number[] = []
  #conflict = 0

  constructor(trail: Trail, weights: Weights) {
    this.#trail = trail
    this.#weights = weights
  }

  newVariable(): void {
    this.#seen.push(0)
    this.#following.push(0)
    this.#unrelated.push(0)
  }

  /** Resolves a conflict back to the one literal of the last decision that brought it about (first unique implication point). */
  learn(conflict: readonly Literal[]): Lesson {
    this.#conflict += 1
    const { level, levels, literals } = this.#trail
    const learned: Literal[] = [0]
    let open = 0
    const see = (literal: Literal): void => {
      const variable = Math.abs(literal)
      if (this.#seen[variable] === this.#conflict || levels[variable] === 0) return
      this.#seen[variable] = this.#conflict
      this.#weights.bump(variable)
      if (levels[variable] === level) open += 1
      else learned.push(literal)
    }
    for (const literal of conflict) see(literal)
    let at = literals.length
    for (;;) {
      do at -= 1
      while (this.#seen[Math.abs(literals[at]!)] !== this.#conflict)
      open -= 1
      if (open === 0) break
      this.#eachReason(literals[at]!, see)
    }
    this.#weights.grow()
    learned[0] = -literals[at]!
    const kept = learned.filter((literal, place) => place === 0 || !this.#follows(Math.abs(literal), 0))
    return { literals: kept, spread: this.#spread(kept), level: this.#bringLatestSecond(kept) }
  }

  /** The decisions because of which all of the literals do not hold. */
  decisionsBehind(conflict: readonly Literal[]): Literal[] {
    this.#conflict += 1
    const { levels, literals } = this.#trail
    const decisions: Literal[] = []
    const see = (literal: Literal): void => {
      if (levels[Math.abs(literal)] !== 0) this.#seen[Math.abs(literal)] = this.#conflict
    }
    for (const literal of conflict) see(literal)
    for (let at = literals.length - 1; at >= 0; at -= 1) {
      const literal = literals[at]!
      const variable = Math.abs(literal)
      if (this.#seen[variable] !== this.#conflict) continue
      if (this.#isDecided(variable)) decisions.push(literal)
      else this.#eachReason(literal, see)
    }
    return decisions
  }

  #isDecided(variable: number): boolean {
    return this.#trail.causeOf(variable) === 0 && this.#trail.reasonOf(variable) === null
  }

  /** The literals which do not hold, because of which this one does. */
  #eachReason(literal: Literal, see: (literal: Literal) => void): void {
    const variable = Math.abs(literal)
    const cause = this.#trail.causeOf(variable)
    if (cause !== 0) see(cause)
    else for (const other of this.#trail.reasonOf(variable)!.literals) if (other !== literal) see(other)
  }

  /** Whether a variable has its value because of others that were seen: what is learned says no less without it. */
  #follows(variable: number, depth: number): boolean {
    if (this.#isDecided(variable) || depth > MAX_DEPTH) return false
    const cause = this.#trail.causeOf(variable)
    if (cause !== 0) return this.#isKnown(Math.abs(cause), depth)
    for (const literal of this.#trail.reasonOf(variable)!.literals) {
      const other = Math.abs(literal)
      if (other !== variable && !this.#isKnown(other, depth)) return false
    }
    return true
  }

  #isKnown(variable: number, depth: number): boolean {
    const conflict = this.#conflict
    if (this.#trail.levels[variable] === 0 || this.#seen[variable] === conflict) return true
    if (this.#following[variable] === conflict) return true
    if (this.#unrelated[variable] === conflict) return false
    const follows = this.#follows(variable, depth + 1)
    if (follows) this.#following[variable] = conflict
    else this.#unrelated[variable] = conflict
    return follows
  }

  #spread(literals: readonly Literal[]): number {
    let spread = 0
    for (const literal of literals) {
      const level = this.#trail.levels[Math.abs(literal)]!
      if (this.#counted[level] === this.#conflict) continue
      this.#counted[level] = this.#conflict
      spread += 1
    }
    return spread
  }

  /** Gives its level. */
  #bringLatestSecond(literals: Literal[]): number {
    const { levels } = this.#trail
    let latest = 1
    for (let at = 2; at < literals.length; at += 1) {
      if (levels[Math.abs(literals[at]!)]! > levels[Math.abs(literals[latest]!)]!) latest = at
    }
    if (literals.length === 1) return 0
    const second = literals[1]!
    literals[1] = literals[latest]!
    literals[latest] = second
    return levels[Math.abs(literals[1])]!
  }
}
