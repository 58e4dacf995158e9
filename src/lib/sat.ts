/** A variable is a number from 1; a literal is a variable, or its negative for "not". */
export type Literal = number

/** A clause with the facts that it follows from. */
interface Clause {
  literals: Literal[]
  origins: ReadonlySet<number>
}

export type Outcome = 'MODEL' | 'NONE' | 'PAUSED' | 'BUDGET'

const NO_ORIGINS: ReadonlySet<number> = new Set()

/**
 * Finds values of variables for which all clauses hold: unit propagation over two watched literals, clauses learned from
 * conflicts (first unique implication point) and backjumping, as in Eén and Sörensson, "An Extensible SAT-solver" (2003).
 * What is decided, and in which order, is the caller's: where he always takes the best of what is open in an order
 * that depends on earlier decisions only, the first model is the best one by that order. Clauses carry the number of the fact that they
 * come from; where there is no model, `core` names facts that have none together.
 */
export class Sat {
  /** Facts that contradict each other; of use after NONE. */
  core: ReadonlySet<number> = NO_ORIGINS
  /** Conflicts met since the beginning. */
  conflicts = 0
  /** 1, -1 or 0 (open) by variable. */
  readonly #values: number[] = [0]
  readonly #levels: number[] = [0]
  /** Why a variable has its value: a clause, or the rival that holds; null where it was decided. */
  readonly #reasons: (Clause | Literal | null)[] = [null]
  /** By variable: of which at most one holds; as clauses these would be half the square of their number. */
  readonly #groups: (readonly Literal[] | undefined)[] = []
  readonly #origins: ReadonlySet<number>[] = []
  /** By literal: the clauses that watch it. */
  readonly #watchers: Clause[][] = [[], []]
  readonly #trail: Literal[] = []
  /** Where on the trail each decision stands. */
  readonly #decisions: number[] = []
  #next = 0
  #impossible = false

  /** How many there are. */
  get variables(): number {
    return this.#values.length - 1
  }

  newVariable(): Literal {
    this.#watchers.push([], [])
    this.#reasons.push(null)
    this.#levels.push(0)
    return this.#values.push(0) - 1
  }

  /** 1 where the literal holds, -1 where it does not, 0 where that is open. */
  value(literal: Literal): number {
    return literal > 0 ? this.#values[literal]! : -this.#values[-literal]!
  }

  /** Adds a clause; decisions made so far are taken back. `origin` is the number of a fact; left out, it always holds. */
  add(literals: readonly Literal[], origin?: number): void {
    this.#backTo(0)
    const origins = origin === undefined ? NO_ORIGINS : (this.#origins[origin] ??= new Set([origin]))
    const distinct = [...new Set(literals)]
    if (distinct.some((it) => distinct.includes(-it) || this.value(it) === 1)) return
    const open = distinct.filter((it) => this.value(it) === 0)
    const clause = { literals: [...open, ...distinct.filter((it) => this.value(it) === -1)], origins }
    if (open.length === 0) this.#endImpossible(clause)
    else if (open.length === 1) this.#assign(open[0]!, clause)
    else this.#watch(clause)
  }

  /** At most one of the variables holds. A variable can be in one such group only, and must be open still. */
  addAtMostOne(variables: readonly Literal[]): void {
    this.#backTo(0)
    for (const variable of variables) this.#groups[variable] = variables
  }

  /**
   * Searches on. `decide` gives an open literal that is to hold, `MODEL` where nothing is left to decide, or `PAUSE`. BUDGET after so many more conflicts.
   */
  search(decide: () => Literal | 'MODEL' | 'PAUSE', budget: number): Outcome {
    const end = this.conflicts + budget
    for (;;) {
      if (this.#impossible) return 'NONE'
      const conflict = this.#propagate()
      if (conflict !== null) {
        this.conflicts += 1
        if (this.#decisions.length === 0) this.#endImpossible(conflict)
        else this.#learnFrom(conflict)
        continue
      }
      if (this.conflicts >= end) return 'BUDGET'
      const decision = decide()
      if (decision === 'MODEL') return 'MODEL'
      if (decision === 'PAUSE') return 'PAUSED'
      this.#decisions.push(this.#trail.length)
      this.#assign(decision, null)
    }
  }

  #propagate(): Clause | null {
    while (this.#next < this.#trail.length) {
      const falsified = -this.#trail[this.#next]!
      this.#next += 1
      const rival = this.#dropRivals(-falsified)
      if (rival !== null) return rival
      const watching = this.#watchersOf(falsified)
      let kept = 0
      for (let at = 0; at < watching.length; at += 1) {
        const clause = watching[at]!
        const { literals } = clause
        if (literals[0] === falsified) {
          literals[0] = literals[1]!
          literals[1] = falsified
        }
        if (this.value(literals[0]!) !== 1 && this.#moveWatch(clause)) continue
        watching[kept++] = clause
        const first = this.value(literals[0]!)
        if (first === 0) this.#assign(literals[0]!, clause)
        if (first !== -1) continue
        while (++at < watching.length) watching[kept++] = watching[at]!
        watching.length = kept
        return clause
      }
      watching.length = kept
    }
    return null
  }

  /** Of what at most one holds, the others do not; gives the clause that fails where one does. */
  #dropRivals(literal: Literal): Clause | null {
    const group = literal > 0 ? this.#groups[literal] : undefined
    if (group === undefined) return null
    for (const other of group) {
      if (other === literal || this.value(other) === -1) continue
      if (this.value(other) === 1) return { literals: [-other, -literal], origins: NO_ORIGINS }
      this.#assign(-other, literal)
    }
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
      this.#watchersOf(other).push(clause)
      return true
    }
    return false
  }

  /** Resolves the conflict back to the one literal of the last decision that brought it about, and goes on from before it. */
  #learnFrom(conflict: Clause): void {
    const seen = new Set<Literal>()
    const origins = new Set<number>()
    const learned: Literal[] = []
    const level = this.#decisions.length
    let open = 0
    let at = this.#trail.length
    let reason: Clause = conflict
    for (;;) {
      for (const origin of reason.origins) origins.add(origin)
      for (const literal of reason.literals) {
        const variable = Math.abs(literal)
        if (seen.has(variable) || this.value(literal) === 1) continue
        seen.add(variable)
        if (this.#levels[variable] === 0) this.#collect(variable, origins, seen)
        else if (this.#levels[variable] === level) open += 1
        else learned.push(literal)
      }
      do at -= 1
      while (!seen.has(Math.abs(this.#trail[at]!)))
      open -= 1
      if (open === 0) break
      reason = this.#reasonOf(Math.abs(this.#trail[at]!))!
    }
    const asserted = -this.#trail[at]!
    learned.sort((a, b) => this.#levels[Math.abs(b)]! - this.#levels[Math.abs(a)]!)
    this.#backTo(learned.length === 0 ? 0 : this.#levels[Math.abs(learned[0]!)]!)
    const clause = { literals: [asserted, ...learned], origins }
    if (learned.length > 0) this.#watch(clause)
    this.#assign(asserted, clause)
  }

  /** The facts because of which a variable has its value for ever. */
  #collect(variable: Literal, origins: Set<number>, seen: Set<Literal>): void {
    const waiting = [variable]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const reason = this.#reasonOf(next)
      for (const origin of reason?.origins ?? []) origins.add(origin)
      for (const literal of reason?.literals ?? []) {
        const other = Math.abs(literal)
        if (other === next || seen.has(other)) continue
        seen.add(other)
        waiting.push(other)
      }
    }
  }

  #endImpossible(conflict: Clause): void {
    if (this.#impossible) return
    this.#impossible = true
    const origins = new Set(conflict.origins)
    const seen = new Set<Literal>()
    for (const literal of conflict.literals) this.#collect(Math.abs(literal), origins, seen)
    this.core = origins
  }

  #watch(clause: Clause): void {
    this.#watchersOf(clause.literals[0]!).push(clause)
    this.#watchersOf(clause.literals[1]!).push(clause)
  }

  #watchersOf(literal: Literal): Clause[] {
    return this.#watchers[literal > 0 ? literal * 2 : -literal * 2 + 1]!
  }

  /** What a rival rules out is a clause only when it is asked for: most never are. */
  #reasonOf(variable: Literal): Clause | null {
    const reason = this.#reasons[variable]!
    if (typeof reason !== 'number') return reason
    return { literals: [-variable, -reason], origins: NO_ORIGINS }
  }

  #assign(literal: Literal, reason: Clause | Literal | null): void {
    const variable = Math.abs(literal)
    this.#values[variable] = Math.sign(literal)
    this.#levels[variable] = this.#decisions.length
    this.#reasons[variable] = reason
    this.#trail.push(literal)
  }

  #backTo(level: number): void {
    if (this.#decisions.length <= level) return
    const from = this.#decisions[level]!
    for (let at = from; at < this.#trail.length; at += 1) this.#values[Math.abs(this.#trail[at]!)] = 0
    this.#trail.length = from
    this.#decisions.length = level
    this.#next = from
  }
}
