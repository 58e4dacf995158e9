import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { minutes } from '../../lib/units.ts'

/** How long others wait for the first call: most end in a tenth of it, and what a costlier one costs is known by then. */
const MOST_MS = 100
/** Who was called within this, or twice this, is known. */
const KNOWN_FOR_MS = minutes(1)

/**
 * Of an installation that was not called of late one call goes ahead, and those that come at the same time wait until it has ended, a tenth of
 * a second at most: nobody knows yet what its calls cost, and four of the costliest at once kept all others waiting for half a second.
 */
export class Pioneers {
  #ahead = new Map<string, { ended: Promise<void>; begunAt: number }>()
  #known = new Set<string>()
  #knownBefore = new Set<string>()
  #since = performance.now()

  /** When a call may begin; nothing: at once. */
  turnOf(installation: string): Promise<void> | undefined {
    const ahead = this.#isKnown(installation) ? undefined : this.#ahead.get(installation)
    if (ahead === undefined) return undefined
    const waitMs = ahead.begunAt + MOST_MS - performance.now()
    return waitMs <= 0 ? undefined : Promise.race([ahead.ended, pause(waitMs)])
  }

  /** A call begins. Gives what is to be called when it is known what it cost: at its end at the latest; safe to repeat. */
  goAhead(installation: string): () => void {
    if (this.#isKnown(installation) || this.#ahead.has(installation)) return () => undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ahead.set(installation, { ended: promise, begunAt: performance.now() })
    return () => {
      this.#ahead.delete(installation)
      this.#known.add(installation)
      resolve()
    }
  }

  #isKnown(installation: string): boolean {
    const now = performance.now()
    if (now - this.#since > KNOWN_FOR_MS) {
      this.#knownBefore = now - this.#since > 2 * KNOWN_FOR_MS ? new Set() : this.#known
      this.#known = new Set()
      this.#since = now
    }
    if (this.#known.has(installation)) return true
    if (!this.#knownBefore.has(installation)) return false
    this.#known.add(installation)
    return true
  }
}
