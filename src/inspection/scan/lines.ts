/** Finds the lines of offsets in a text; the starts of lines are looked for once, and only if asked. */
export class Lines {
  readonly #text: string
  #starts: number[] | null = null

  constructor(text: string) {
    this.#text = text
  }

  /** From 1; lines end as ECMAScript says. `offset` in UTF-16 units. */
  at(offset: number): number {
    this.#starts ??= [
      0,
      ...this.#text.matchAll(/\r\n|[\n\r\u2028\u2029]/g).map(({ index, 0: end }) => index + end.length),
    ]
    let [low, high] = [0, this.#starts.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#starts[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
