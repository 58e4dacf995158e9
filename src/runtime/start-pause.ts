/** Milliseconds before a process is started again after one that never became ready; doubled each time. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 30_000

/** A machine that cannot start processes is not asked for one in a tight loop. */
export class StartPause {
  #then: () => void
  #timer: NodeJS.Timeout | undefined
  #failures = 0

  /** @param then called when a start may be tried again */
  constructor(then: () => void) {
    this.#then = then
  }

  /** Whether nothing is to be started, since the last one never became ready. */
  get isOn(): boolean {
    return this.#timer !== undefined
  }

  /** Takes note of a process that is gone. */
  note(wasReady: boolean): void {
    this.#failures = wasReady ? 0 : this.#failures + 1
    if (wasReady) return
    clearTimeout(this.#timer)
    const wait = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#then()
    }, wait).unref()
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
