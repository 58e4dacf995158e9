/** Wakes who waits, at a ring or the end; a ring while nobody waits is not lost. */
export class Bell {
  #rung = false
  #wake: (() => void) | null = null
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
  }

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Not before `least`, not after `most` milliseconds, in between at a ring; at once with the end. */
  async wait(least: number, most: number): Promise<void> {
    await this.#pause(least, () => this.#signal.aborted)
    await this.#pause(most, () => this.#rung || this.#signal.aborted)
    this.#rung = false
  }

  async #pause(ms: number, isOver: () => boolean): Promise<void> {
    if (isOver()) return
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#wake = () => {
        if (isOver()) end()
      }
    })
  }
}
