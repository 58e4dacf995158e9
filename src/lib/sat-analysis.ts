import type { Clause, Literal, Parent, Trail } from './sat-trail.ts'

/** What a weight grows by from one conflict to the next: what was in the way lately counts more than what ever was. */
const GROWTH = 1.05
/** All weights are made smaller by this before they are too large for a number. */
const SCALE = 1e-100

/** What a conflict teaches. */
export interface Lesson {
  clause: Clause
  /** Decisions that stand when the clause makes its first literal hold. */
  level: number
}

/** Finds out what brought a conflict about, and which groups of variables are often part of that. */
export class Analysis {
  /** By group. */
  readonly weights: number[] = []
  readonly #trail: Trail
  /** By variable. */
  readonly #groups: readonly number[]
  /** By variable: the conflict in which it was last seen. */
  readonly #seen: number[] = []
  #conflict = 0
  #bump = 1

  constructor(trail: Trail, groups: readonly number[]) {
    this.#trail = trail
    this.#groups = groups
  }

  /** Resolves a conflict back to the one literal of the last decision that brought it about (first unique implication point). */
  learn(conflict: Clause): Lesson {
    this.#conflict += 1
    const parents: Parent[] = []
    const learned: Literal[] = []
    const { level, levels, literals } = this.#trail
    let open = 0
    let at = literals.length
    let reason: Clause = conflict
    for (;;) {
      noteParent(parents, reason)
      for (const literal of reason.literals) {
        const variable = Math.abs(literal)
        if (this.#seen[variable] === this.#conflict || this.#trail.value(literal) === 1) continue
        this.#see(variable)
        if (levels[variable] === 0) parents.push(-variable)
        else if (levels[variable] === level) open += 1
        else learned.push(literal)
      }
      do at -= 1
      while (this.#seen[Math.abs(literals[at]!)] !== this.#conflict)
      open -= 1
      if (open === 0) break
      reason = this.#trail.reasonOf(Math.abs(literals[at]!))!
    }
    this.#grow()
    const kept = learned.filter((literal) => !this.#isImplied(literal, parents))
    kept.sort((a, b) => levels[Math.abs(b)]! - levels[Math.abs(a)]!)
    const spread = new Set(kept.map((literal) => levels[Math.abs(literal)]!)).size + 1
    const clause = { literals: [-literals[at]!, ...kept], parents, spread, isDropped: false }
    return { clause, level: kept.length === 0 ? 0 : levels[Math.abs(kept[0]!)]! }
  }

  #see(variable: number): void {
    this.#seen[variable] = this.#conflict
    const group = this.#groups[variable]!
    if (group !== 0) this.weights[group] = (this.weights[group] ?? 0) + this.#bump
  }

  #grow(): void {
    this.#bump *= GROWTH
    if (this.#bump * SCALE < 1) return
    for (const group of this.weights.keys()) this.weights[group] = (this.weights[group] ?? 0) * SCALE
    this.#bump *= SCALE
  }

  /** Whether a learned clause says no less without the literal: it fails because of others that were seen. */
  #isImplied(literal: Literal, parents: Parent[]): boolean {
    const { levels } = this.#trail
    const reason = this.#trail.reasonOf(Math.abs(literal))
    if (reason === null) return false
    const others = reason.literals.map(Math.abs).filter((it) => it !== Math.abs(literal))
    if (others.some((it) => this.#seen[it] !== this.#conflict && levels[it] !== 0)) return false
    noteParent(parents, reason)
    for (const variable of others) if (levels[variable] === 0) parents.push(-variable)
    return true
  }
}

/** An added clause says no more than its fact. */
function noteParent(parents: Parent[], clause: Clause): void {
  if (clause.parents.length > 1) parents.push(clause)
  else parents.push(...clause.parents)
}
