import { createFairSlots } from '../lib/fair-slots.ts'
import { ANSWERS_AT_ONCE, MAX_WAITING_ANSWERS, MAX_WAITING_INPUT_BYTES } from './limits.ts'

/**
 * What the calls of the host of one process may take of our memory: so many answers at once, and so much of what the calls
 * themselves bring. Whose process this is has nobody else's calls in it, so that nobody else waits.
 */
export class HostCallRoom {
  /** Invocations take turns. */
  #places = createFairSlots({ places: ANSWERS_AT_ONCE, each: ANSWERS_AT_ONCE, waiting: Infinity })
  #inputBytes = 0
  #answers = 0

  /** Takes room for what a call brings, to be given back with `drop`. False: there is too much already. */
  take(bytes: number): boolean {
    if (this.#inputBytes + bytes > MAX_WAITING_INPUT_BYTES) return false
    this.#inputBytes += bytes
    return true
  }

  drop(bytes: number): void {
    this.#inputBytes -= bytes
  }

  /** Holds an answer that has no place until it is told. False: too much waits already, and this one is not to be kept. */
  async hold(characters: number, tell: () => Promise<void>): Promise<boolean> {
    if (this.#answers + characters > MAX_WAITING_ANSWERS) return false
    this.#answers += characters
    try {
      await tell()
    } finally {
      this.#answers -= characters
    }
    return true
  }

  /** Does the work in a place for its answer. Throws the signal's reason where it was aborted while waiting. */
  async inPlace(invocation: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    await this.#places.run(String(invocation), signal, work)
  }
}
