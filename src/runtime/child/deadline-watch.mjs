/** One timer for all that runs in an isolate, and none is cleared: most invocations end long before it. */
export class DeadlineWatch {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** When it fires, by `performance.now()`. */
  #dueAt = 0

  /**
   * @param {Map<number, import('./invocation.mjs').Invocation>} invocations that are watched
   * @param {(invocation: import('./invocation.mjs').Invocation) => void} onLate
   */
  constructor(invocations, onLate) {
    this.invocations = invocations
    this.onLate = onLate
  }

  /** @param {import('./invocation.mjs').Invocation} invocation that has just begun */
  add(invocation) {
    const { deadline } = invocation
    if (this.#timer !== undefined && deadline >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = deadline
    this.#timer = setTimeout(() => this.#look(), invocation.remainingMs)
  }

  #look() {
    this.#timer = undefined
    for (const invocation of this.invocations.values()) if (invocation.isLate) this.onLate(invocation)
    for (const invocation of this.invocations.values()) this.add(invocation)
  }

  stop() {
    clearTimeout(this.#timer)
  }
}
