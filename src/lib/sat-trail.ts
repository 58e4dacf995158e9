/** A variable is a number from 1; a literal is a variable, or its negative for "not". */
export type Literal = number

/** A clause that is watched at its first two literals; where it made one hold, that is the first. */
export interface Clause {
  literals: Literal[]
  /** What it follows from: the fact that it was added with, or of a learned one all that it was resolved from. */
  parents: Parent[]
  /** Of a learned clause: how many decisions its literals had their values from. The fewer, the more it tells; 0 where it was added. */
  spread: number
  /** It is no longer watched: what was learned last knows better. */
  isDropped: boolean
}

/** A clause; the number of a fact; or, negative, a variable that has its value for ever. */
export type Parent = Clause | number

/** Stands for the fact of a clause that always holds. */
export const NO_FACT = -1

/** What holds, in the order in which it came to, since which decision, and why. */
export class Trail {
  readonly literals: Literal[] = []
  /** By variable: how many decisions stood when it got its value. */
  readonly levels: number[]
  /** Up to where the consequences were drawn. */
  next = 0
  /** The shortest that it has been since it was last asked for by `lowest`. */
  #low = 0
  /** 1, -1 or 0 (open) by variable. */
  readonly #values: number[]
  /** Why a variable has its value: a clause; null where it was decided, or where `#causes` tells. */
  readonly #reasons: (Clause | null)[]
  /** Of a clause of two the other literal, and its fact; 0 where it was not that. */
  readonly #causes: Literal[]
  readonly #facts: number[]
  /** Where on the trail each decision stands. */
  readonly #decisions: number[] = []

  constructor(variables: number) {
    const zeros = (): number[] => Array.from<number>({ length: variables + 1 }).fill(0)
    this.levels = zeros()
    this.#values = zeros()
    this.#causes = zeros()
    this.#facts = zeros()
    this.#reasons = Array.from<null>({ length: variables + 1 }).fill(null)
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
    this.#causes.push(0)
    this.#facts.push(0)
    this.#reasons.push(null)
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

  decide(literal: Literal): void {
    this.#decisions.push(this.literals.length)
    this.#put(literal, null, 0, NO_FACT)
  }

  /** Notes that a literal holds because of a clause. */
  follow(literal: Literal, reason: Clause): void {
    this.#put(literal, reason, 0, NO_FACT)
  }

  /** Notes that a literal holds because another does not, and the fact that says so. */
  followPair(literal: Literal, cause: Literal, fact: number): void {
    this.#put(literal, null, cause, fact)
  }

  /** Null where it was decided. Clauses of two are made only when they are asked for: most never are. */
  reasonOf(variable: Literal): Clause | null {
    const cause = this.#causes[variable]!
    if (cause === 0) return this.#reasons[variable]!
    return toClause(variable * this.#values[variable]!, cause, this.#facts[variable]!)
  }

  /** Takes back all decisions but so many. */
  backTo(level: number): void {
    if (this.#decisions.length <= level) return
    const from = this.#decisions[level]!
    for (let at = from; at < this.literals.length; at += 1) this.#values[Math.abs(this.literals[at]!)] = 0
    this.literals.length = from
    this.#low = Math.min(this.#low, from)
    this.#decisions.length = level
    this.next = from
  }

  /** The facts because of which a clause fails for ever. */
  factsOf(conflict: Clause): Set<number> {
    const facts = new Set<number>()
    const known = new Set<Parent>([conflict, ...conflict.literals.map((it) => -Math.abs(it))])
    for (const parent of known) {
      if (typeof parent === 'number' && parent >= 0) facts.add(parent)
      else {
        const clause = typeof parent === 'number' ? this.reasonOf(-parent)! : parent
        for (const other of clause.parents) known.add(other)
        if (clause !== parent) for (const literal of clause.literals) known.add(-Math.abs(literal))
      }
    }
    return facts
  }

  #put(literal: Literal, reason: Clause | null, cause: Literal, fact: number): void {
    const variable = Math.abs(literal)
    this.#values[variable] = literal > 0 ? 1 : -1
    this.levels[variable] = this.#decisions.length
    this.#reasons[variable] = reason
    this.#causes[variable] = cause
    this.#facts[variable] = fact
    this.literals.push(literal)
  }
}

/** A clause of two, with the fact that it comes from. */
export function toClause(one: Literal, other: Literal, fact: number): Clause {
  return { literals: [one, other], parents: fact === NO_FACT ? [] : [fact], spread: 0, isDropped: false }
}
