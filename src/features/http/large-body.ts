import type { App } from '../../app.ts'
import { createFairSlots, type FairSlots } from '../../lib/fair-slots.ts'
import { KiB } from '../../lib/units.ts'

/** Bodies up to here take no place: most answers of APIs are a few KiB, and a server may take its time over them. */
const LARGE_BYTES = 256 * KiB

/**
 * Large bodies of one installation that a process has in its memory at once: with 20 requests in each of its eight invocations it
 * could have 800 MB there. An installation waits for itself alone, and those that run at once are few.
 */
const LIMITS = { places: Infinity, each: 4, waiting: Infinity }

const slotsOf = new WeakMap<App, FairSlots>()

/** The place of one body among its installation's large ones: from when it turns out to be large until `leave`. */
export class LargeBody {
  #slots: FairSlots
  #installationId: string
  #entered: Promise<void> | undefined
  #left = Promise.withResolvers<void>()

  constructor(app: App, installationId: string) {
    this.#slots = slotsOf.get(app) ?? createFairSlots(LIMITS)
    slotsOf.set(app, this.#slots)
    this.#installationId = installationId
  }

  /** With so many bytes of it in memory: more may be read when this has resolved. Throws the signal's reason. */
  async hold(bytes: number, signal: AbortSignal): Promise<void> {
    if (bytes > LARGE_BYTES) await (this.#entered ??= this.#enter(signal))
  }

  /** Once, twice, or before it has entered. */
  leave(): void {
    this.#left.resolve()
  }

  async #enter(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#slots
      .run(this.#installationId, signal, async () => {
        resolve()
        await this.#left.promise
      })
      .catch(reject)
    await promise
  }
}
