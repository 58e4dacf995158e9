import { Analysis } from './sat-analysis.ts'
import { NO_FACT, toClause, Trail, type Clause, type Literal } from './sat-trail.ts'

/** Learned clauses that are kept at first: searches of what people make learn fewer. */
const FIRST_LEARNED = 4_000
/** And so many more each time that the half of them was dropped, so that no search goes in circles. */
const MORE_LEARNED = 1_000

export type Outcome = 'MODEL' | 'NONE' | 'PAUSED' | 'BUDGET'

/**
 * Finds values of variables for which all clauses hold: unit propagation over two watched literals, clauses learned from
 * conflicts (first unique implication point) and backjumping, as in Eén and Sörensson, "An Extensible SAT-solver" (2003).
 * What is decided, and in which order, is the caller's: where he always takes the best of what is open in an order
 * that depends on earlier decisions only, the first model is the best one by that order. Clauses carry the number of the fact that they
 * come from; where there is no model, `core` names facts that have none together.
 *
 * Nearly all clauses here have two literals: these are kept as plain numbers with the literal that wakes them, which
 * takes a quarter of the time and memory.
 */
export class Sat {
  /** Facts that contradict each other; of use after NONE. */
  core: ReadonlySet<number> = new Set()
  /** Conflicts met since the beginning. */
  conflicts = 0
  /** By variable: of which at most one holds; as clauses these would be half the square of their number. */
  readonly #groups: (readonly Literal[] | undefined)[] = []
  /** By literal: what holds where it does not, each followed by its fact. */
  readonly #pairs: (number[] | undefined)[] = []
  /** By literal: the clauses that watch it. */
  readonly #watchers: (Clause[] | undefined)[] = []
  /** By variable: what it belongs to; 0 where that is nothing. */
  readonly #owners: number[] = [0]
  readonly #trail: Trail
  readonly #analysis: Analysis
  #learned: Clause[] = []
  #mostLearned = FIRST_LEARNED
  #impossible = false

  /** Begins with so many variables. */
  constructor(variables = 0) {
    this.#trail = new Trail(variables)
    for (let at = 0; at < variables; at += 1) this.#owners.push(0)
    this.#analysis = new Analysis(this.#trail, this.#owners)
  }

  /** How many there are. */
  get variables(): number {
    return this.#trail.variables
  }

  /** A variable that counts for `owner`, a number from 1, where it is part of a conflict. */
  newVariable(owner = 0): Literal {
    this.#owners.push(owner)
    return this.#trail.newVariable()
  }

  /** How often variables of an owner were part of a conflict, lately above all. */
  weightOf(owner: number): number {
    return this.#analysis.weights[owner] ?? 0
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

  /** Adds a clause; decisions made so far are taken back. `origin` is the number of a fact; left out, it always holds. */
  add(literals: readonly Literal[], origin = NO_FACT): void {
    this.#trail.backTo(0)
    if (literals.length === 2 && this.#addPair(literals[0]!, literals[1]!, origin)) return
    const distinct = [...new Set(literals)]
    if (distinct.some((it) => distinct.includes(-it) || this.value(it) === 1)) return
    const open = distinct.filter((it) => this.value(it) === 0)
    const ordered = [...open, ...distinct.filter((it) => this.value(it) === -1)]
    const clause = { ...toClause(0, 0, origin), literals: ordered }
    if (open.length === 0) this.#endImpossible(clause)
    else if (open.length === 1) this.#trail.follow(open[0]!, clause)
    else this.#watch(clause)
  }

  /** At most one of the variables holds. A variable can be in one such group only, and must be open still. */
  addAtMostOne(variables: readonly Literal[]): void {
    this.#trail.backTo(0)
    for (const variable of variables) this.#groups[variable] = variables
  }

  /**
   * Searches on. `decide` gives an open literal that is to hold, `MODEL` where nothing is left to decide, or `PAUSE`. BUDGET after so many more conflicts.
   */
  search(decide: () => Literal | 'MODEL' | 'PAUSE', budget: number): Outcome {
    const end = this.conflicts + budget
    this.#forget()
    for (;;) {
      if (this.#impossible) return 'NONE'
      const conflict = this.#propagate()
      if (conflict !== null) {
        this.conflicts += 1
        if (this.#trail.level === 0) this.#endImpossible(conflict)
        else this.#learnFrom(conflict)
        continue
      }
      if (this.conflicts >= end) return 'BUDGET'
      const decision = decide()
      if (decision === 'MODEL') return 'MODEL'
      if (decision === 'PAUSE') return 'PAUSED'
      this.#trail.decide(decision)
    }
  }

  /** Keeps two open literals as what they are; otherwise the clause is one as any other. */
  #addPair(one: Literal, other: Literal, origin: number): boolean {
    if (one === other || one === -other || this.value(one) !== 0 || this.value(other) !== 0) return false
    ;(this.#pairs[indexOf(one)] ??= []).push(other, origin)
    ;(this.#pairs[indexOf(other)] ??= []).push(one, origin)
    return true
  }

  #propagate(): Clause | null {
    const trail = this.#trail
    while (trail.next < trail.literals.length) {
      const falsified = -trail.literals[trail.next]!
      trail.next += 1
      const conflict = this.#followPairs(falsified) ?? this.#dropRivals(-falsified) ?? this.#visit(falsified)
      if (conflict !== null) return conflict
    }
    return null
  }

  #followPairs(falsified: Literal): Clause | null {
    const pairs = this.#pairs[indexOf(falsified)]
    if (pairs === undefined) return null
    for (let at = 0; at < pairs.length; at += 2) {
      const other = pairs[at]!
      const value = this.value(other)
      if (value === 1) continue
      if (value === -1) return toClause(other, falsified, pairs[at + 1]!)
      this.#trail.followPair(other, falsified, pairs[at + 1]!)
    }
    return null
  }

  /** Of what at most one holds, the others do not; gives the clause that fails where one does. */
  #dropRivals(literal: Literal): Clause | null {
    const group = literal > 0 ? this.#groups[literal] : undefined
    if (group === undefined) return null
    for (const other of group) {
      if (other === literal || this.value(other) === -1) continue
      if (this.value(other) === 1) return toClause(-other, -literal, NO_FACT)
      this.#trail.followPair(-other, -literal, NO_FACT)
    }
    return null
  }

  #visit(falsified: Literal): Clause | null {
    const watching = this.#watchers[indexOf(falsified)]
    if (watching === undefined) return null
    let kept = 0
    for (let at = 0; at < watching.length; at += 1) {
      const clause = watching[at]!
      if (clause.isDropped) continue
      const { literals } = clause
      if (literals[0] === falsified) {
        literals[0] = literals[1]!
        literals[1] = falsified
      }
      if (this.value(literals[0]!) !== 1 && this.#moveWatch(clause)) continue
      watching[kept++] = clause
      const first = this.value(literals[0]!)
      if (first === 0) this.#trail.follow(literals[0]!, clause)
      if (first !== -1) continue
      while (++at < watching.length) watching[kept++] = watching[at]!
      watching.length = kept
      return clause
    }
    watching.length = kept
    return null
  }

  /** Lets the clause watch another literal than its second, which does not hold. */
  #moveWatch(clause: Clause): boolean {
    const { literals } = clause
    for (let at = 2; at < literals.length; at += 1) {
      const other = literals[at]!
      if (this.value(other) === -1) continue
      literals[at] = literals[1]!
      literals[1] = other
      this.#watchAt(other, clause)
      return true
    }
    return false
  }

  #learnFrom(conflict: Clause): void {
    const { clause, level } = this.#analysis.learn(conflict)
    this.#trail.backTo(level)
    if (clause.literals.length > 1) {
      this.#watch(clause)
      this.#learned.push(clause)
    }
    this.#trail.follow(clause.literals[0]!, clause)
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

  #endImpossible(conflict: Clause): void {
    if (!this.#impossible) this.core = this.#trail.factsOf(conflict)
    this.#impossible = true
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
