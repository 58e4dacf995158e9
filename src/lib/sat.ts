import { Analysis } from './sat-analysis.ts'
import { Trail, type Clause, type Literal } from './sat-trail.ts'
import { Weights } from './sat-weights.ts'

/** Learned clauses that are kept at first: searches of what people make learn fewer. */
const FIRST_LEARNED = 2_000
/** And so many more each time that the half of them was dropped, so that no search goes in circles. */
const MORE_LEARNED = 500

export type Outcome = 'MODEL' | 'NONE' | 'PAUSED' | 'BUDGET'

/**
 * Finds values of variables for which all clauses hold: unit propagation over two watched literals, clauses learned from
 * conflicts (first unique implication point) and backjumping, as in Eén and Sörensson, "An Extensible SAT-solver" (2003).
 * What is decided, and in which order, is the caller's: where he always takes the best of what is open in an order
 * that depends on earlier decisions only, the first model is the best one by that order.
 *
 * Nearly all clauses here have two literals: these are kept as plain numbers with the literal that wakes them, which
 * takes a quarter of the time and memory.
 */
export class Sat {
  /** Assumptions that have no model together; of use after NONE. */
  core: readonly Literal[] = []
  /** Conflicts met since the beginning. */
  conflicts = 0
  /** By literal: what holds where it does not. */
  readonly #pairs: (Literal[] | undefined)[] = []
  /** By literal: the clauses that watch it. */
  readonly #watchers: (Clause[] | undefined)[] = []
  readonly #weights = new Weights()
  readonly #trail = new Trail(this.#weights)
  readonly #analysis = new Analysis(this.#trail, this.#weights)
  #learned: Clause[] = []
  #mostLearned = FIRST_LEARNED
  #impossible = false

  /** How many there are. */
  get variables(): number {
    return this.#trail.variables
  }

  newVariable(): Literal {
    this.#weights.newVariable()
    this.#analysis.newVariable()
    return this.#trail.newVariable()
  }

  /** What holds, in the order in which it came to. */
  get trail(): Pick<Trail, 'literals' | 'level' | 'lowest' | 'copy'> {
    return this.#trail
  }

  /** Takes back all decisions but so many. */
  backTo(level: number): void {
    this.#trail.backTo(level)
  }

  /** 1 where the literal holds, -1 where it does not, 0 where that is open. */
  value(literal: Literal): number {
    return this.#trail.value(literal)
  }

  /** Of the open variables that were ever part of a conflict the one that was so most, of late, with the value that it had last; null where there is none. */
  mostInTheWay(): Literal | null {
    for (;;) {
      const variable = this.#weights.take()
      if (variable === null) return null
      if (this.#trail.value(variable) === 0) return variable * this.#trail.lasts[variable]!
    }
  }

  /** Adds a clause; decisions made so far are taken back. */
  add(literals: readonly Literal[]): void {
    this.#trail.backTo(0)
    if (literals.length === 2 && this.#addPair(literals[0]!, literals[1]!)) return
    const open = literals.filter((it, at) => this.value(it) === 0 && literals.indexOf(it) === at)
    if (literals.some((it) => this.value(it) === 1) || open.some((it) => open.includes(-it))) return
    if (open.length === 0) this.#impossible = true
    else if (open.length === 1) this.#trail.put(open[0]!, null, 0)
    else if (open.length === 2) this.#pair(open[0]!, open[1]!)
    else this.#watch({ literals: open, spread: 0, isDropped: false })
  }

  /**
   * Searches on. `decide` gives an open literal that is to hold, `MODEL` where nothing is left to decide, or `PAUSE`. BUDGET after
   * so many more conflicts. What is assumed holds in all models that are looked for, as one decision before all others.
   */
  search(
    decide: () => Literal | 'MODEL' | 'PAUSE',
    budget: number,
    assumptions: readonly Literal[] = [],
  ): Outcome {
    const end = this.conflicts + budget
    const least = assumptions.length > 0 ? 1 : 0
    this.#forget()
    for (;;) {
      const conflict = this.#impossible ? [] : this.#propagate()
      if (conflict !== null) {
        this.conflicts += 1
        if (this.#trail.level === 0) this.#impossible = true
        if (this.#trail.level > least) this.#learnFrom(conflict)
        else {
          this.core = this.#analysis.decisionsBehind(conflict)
          return 'NONE'
        }
      } else if (this.conflicts >= end) return 'BUDGET'
      else if (this.#trail.level < least) {
        if (!this.#assume(assumptions)) return 'NONE'
      } else {
        const decision = decide()
        if (decision === 'MODEL') return 'MODEL'
        if (decision === 'PAUSE') return 'PAUSED'
        this.#trail.open()
        this.#trail.put(decision, null, 0)
      }
    }
  }

  /** False where one of them never holds. */
  #assume(assumptions: readonly Literal[]): boolean {
    this.#trail.open()
    for (const literal of assumptions) {
      const value = this.value(literal)
      if (value === 0) this.#trail.put(literal, null, 0)
      if (value !== -1) continue
      this.core = [literal]
      return false
    }
    return true
  }

  #propagate(): readonly Literal[] | null {
    const trail = this.#trail
    while (trail.next < trail.literals.length) {
      const falsified = -trail.literals[trail.next]!
      trail.next += 1
      const conflict = this.#followPairs(falsified) ?? this.#visit(falsified)
      if (conflict !== null) return conflict
    }
    return null
  }

  #followPairs(falsified: Literal): readonly Literal[] | null {
    const pairs = this.#pairs[indexOf(falsified)]
    if (pairs === undefined) return null
    for (const other of pairs) {
      const value = this.#trail.value(other)
      if (value === -1) return [other, falsified]
      if (value === 0) this.#trail.put(other, null, falsified)
    }
    return null
  }

  #visit(falsified: Literal): readonly Literal[] | null {
    const watching = this.#watchers[indexOf(falsified)]
    if (watching === undefined) return null
    const trail = this.#trail
    let kept = 0
    for (let at = 0; at < watching.length; at += 1) {
      const clause = watching[at]!
      if (clause.isDropped) continue
      const { literals } = clause
      if (literals[0] === falsified) {
        literals[0] = literals[1]!
        literals[1] = falsified
      }
      const first = literals[0]!
      const value = trail.value(first)
      if (value !== 1 && this.#moveWatch(clause)) continue
      watching[kept++] = clause
      if (value === 0) trail.put(first, clause, 0)
      if (value !== -1) continue
      while (++at < watching.length) watching[kept++] = watching[at]!
      watching.length = kept
      return literals
    }
    watching.length = kept
    return null
  }

  /** Lets the clause watch another literal than its second, which does not hold. */
  #moveWatch(clause: Clause): boolean {
    const { literals } = clause
    for (let at = 2; at < literals.length; at += 1) {
      const other = literals[at]!
      if (this.#trail.value(other) === -1) continue
      literals[at] = literals[1]!
      literals[1] = other
      this.#watchAt(other, clause)
      return true
    }
    return false
  }

  #learnFrom(conflict: readonly Literal[]): void {
    const { literals, spread, level } = this.#analysis.learn(conflict)
    this.#trail.backTo(level)
    const first = literals[0]!
    if (literals.length < 3) {
      if (literals.length === 2) this.#pair(first, literals[1]!)
      this.#trail.put(first, null, literals[1] ?? 0)
      return
    }
    const clause = { literals, spread, isDropped: false }
    this.#watch(clause)
    this.#learned.push(clause)
    this.#trail.put(first, clause, 0)
  }

  /** Of what was learned, drops the half that tells least: with all of it, each step would take longer and longer. */
  #forget(): void {
    if (this.#learned.length < this.#mostLearned) return
    this.#mostLearned += MORE_LEARNED
    const ranked = this.#learned.toSorted(
      (a, b) => a.spread - b.spread || a.literals.length - b.literals.length,
    )
    for (const clause of ranked.slice(ranked.length / 2)) {
      const [first] = clause.literals
      const isReason = this.value(first!) === 1 && this.#trail.reasonOf(Math.abs(first!)) === clause
      clause.isDropped = clause.spread > 2 && !isReason
    }
    this.#learned = ranked.filter((clause) => !clause.isDropped)
  }

  /** What nearly all clauses are, without looking any closer. */
  #addPair(one: Literal, other: Literal): boolean {
    if (Math.abs(one) === Math.abs(other) || this.value(one) !== 0 || this.value(other) !== 0) return false
    this.#pair(one, other)
    return true
  }

  #pair(one: Literal, other: Literal): void {
    ;(this.#pairs[indexOf(one)] ??= []).push(other)
    ;(this.#pairs[indexOf(other)] ??= []).push(one)
  }

  #watch(clause: Clause): void {
    this.#watchAt(clause.literals[0]!, clause)
    this.#watchAt(clause.literals[1]!, clause)
  }

  #watchAt(literal: Literal, clause: Clause): void {
    ;(this.#watchers[indexOf(literal)] ??= []).push(clause)
  }
}

function indexOf(literal: Literal): number {
  return literal > 0 ? literal * 2 : literal * -2 + 1
}
