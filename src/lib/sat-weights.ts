/** What a weight grows by from one conflict to the next: what was in the way lately counts more than what ever was. */
const GROWTH = 1 / 0.95
/** All weights are made smaller by this before they are too large for a number. */
const SCALE = 1e-100

/**
 * How often variables were part of a conflict, lately above all (as in Chaff: Moskewicz and others, 2001); the open ones lie in a
 * heap, the heaviest first.
 */
export class Weights {
  /** By variable. */
  readonly #weights: number[] = [0]
  readonly #heap: number[] = []
  /** By variable: where in the heap it lies; -1 where it does not. */
  readonly #places: number[] = [-1]
  #bump = 1

  newVariable(): void {
    this.#weights.push(0)
    this.#places.push(-1)
  }

  /** The variable is part of the conflict at hand. */
  bump(variable: number): void {
    const weight = this.#weights[variable]! + this.#bump
    this.#weights[variable] = weight
    const place = this.#places[variable]!
    if (place === -1) this.offer(variable)
    else this.#rise(variable, place)
  }

  /** The next conflict counts more. */
  grow(): void {
    this.#bump *= GROWTH
    if (this.#bump * SCALE < 1) return
    for (const variable of this.#weights.keys()) this.#weights[variable]! *= SCALE
    this.#bump *= SCALE
  }

  /** The variable can be taken; what never was part of a conflict is not worth it. */
  offer(variable: number): void {
    if (this.#places[variable] !== -1 || this.#weights[variable] === 0) return
    this.#rise(variable, this.#heap.push(variable) - 1)
  }

  /** The heaviest of those that can be taken, which cannot be any more; null where there is none. */
  take(): number | null {
    const top = this.#heap[0]
    if (top === undefined) return null
    this.#places[top] = -1
    const last = this.#heap.pop()!
    if (last !== top) this.#sink(last)
    return top
  }

  #rise(variable: number, from: number): void {
    const weight = this.#weights[variable]!
    let place = from
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1]!
      if (this.#weights[parent]! >= weight) break
      this.#put(parent, place)
      place = (place - 1) >> 1
    }
    this.#put(variable, place)
  }

  /** From the top. */
  #sink(variable: number): void {
    const weight = this.#weights[variable]!
    const { length } = this.#heap
    let place = 0
    for (;;) {
      let child = place * 2 + 1
      if (child >= length) break
      const right = child + 1
      if (right < length && this.#weights[this.#heap[right]!]! > this.#weights[this.#heap[child]!]!)
        child = right
      if (this.#weights[this.#heap[child]!]! <= weight) break
      this.#put(this.#heap[child]!, place)
      place = child
    }
    this.#put(variable, place)
  }

  #put(variable: number, place: number): void {
    this.#heap[place] = variable
    this.#places[variable] = place
  }
}
