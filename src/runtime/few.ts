/**
 * A set of a handful that come and go all the time. A Map or Set leaves a trail there: each table that it gave up still
 * holds what was in it, and once one of them is old the collector keeps all that follow (1 KB a call, until the old
 * generation is collected).
 */
export class Few<T> {
  #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  add(item: T): void {
    this.#items.push(item)
  }

  /** False where it is not there. */
  delete(item: T): boolean {
    const at = this.#items.indexOf(item)
    if (at < 0) return false
    this.#items.splice(at, 1)
    return true
  }

  find(isIt: (item: T) => boolean): T | undefined {
    return this.#items.find(isIt)
  }

  /** Those that are there now, in the order in which they came; the list stays as it is. */
  all(): T[] {
    return [...this.#items]
  }
}
