import { performance } from 'node:perf_hooks'
import { seconds } from '../lib/units.ts'
import type { Runner } from './runner.ts'
import { RuntimeUnavailableError } from './runtime-errors.ts'
import type { WaitingCalls } from './waiting-calls.ts'

/** Milliseconds that a call waits at least, however little time it has itself: on a busy machine a start takes one of them. */
const PATIENCE_MS = seconds(5)

/** Ends calls for which there is no process, and none becomes ready: they would wait for ever. */
export class Unserved {
  #patienceMs: number
  /** Since when calls wait and nothing that is ready serves anybody. */
  #since: number | undefined

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs
  }

  /** Looks whether it still is so, and refuses those that have waited as long as they may run. */
  look(runners: ReadonlySet<Runner>, waiting: WaitingCalls): void {
    const isServed = waiting.size === 0 || [...runners].some(({ isReady }) => isReady)
    this.#since = isServed ? undefined : (this.#since ?? performance.now())
    if (this.#since === undefined) return
    const waited = performance.now() - this.#since
    const late = waiting.takeOut(({ call }) => waited >= Math.max(call.limits.timeoutMs, this.#patienceMs))
    for (const { reject } of late) reject(new RuntimeUnavailableError())
  }
}
