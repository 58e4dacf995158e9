import { performance } from 'node:perf_hooks'
import type { Few } from './few.ts'

/** One timer for all calls of a child, and none is cleared: most calls end long before it. */
export class OverdueWatch<Call extends { overdueAt: number }> {
  #calls: Few<Call>
  #onOverdue: (call: Call) => void
  #timer: NodeJS.Timeout | undefined
  #dueAt = 0

  /** @param calls that are watched, as long as they are in there */
  constructor(calls: Few<Call>, onOverdue: (call: Call) => void) {
    this.#calls = calls
    this.#onOverdue = onOverdue
  }

  /** @param call that has just been put there */
  add({ overdueAt }: Call): void {
    if (this.#timer !== undefined && overdueAt >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = overdueAt
    // The phase of timers comes before that of pipes: what was said in time may still lie there unread.
    const look = (): void => void setImmediate(() => this.#look())
    this.#timer = setTimeout(look, Math.max(1, Math.ceil(overdueAt - performance.now()))).unref()
  }

  #look(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const call of this.#calls.all()) {
      if (call.overdueAt <= now) this.#onOverdue(call)
      else this.add(call)
    }
  }
}
