/** What has been started, in the order in which it was; it is stopped the other way round. */
export class Stops {
  readonly #stops: (() => Promise<unknown> | void)[] = []

  add(stop: () => Promise<unknown> | void): void {
    this.#stops.push(stop)
  }

  /** Stops all, also where one fails: the first failure is thrown at the end. */
  async all(): Promise<void> {
    const failures: unknown[] = []
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) {
      try {
        await stop()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
