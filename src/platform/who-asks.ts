import { seconds } from '../lib/units.ts'

/** Somebody who asked this long ago waits for an answer still, or will ask again. */
const RECENT_MS = seconds(1)

/** Milliseconds for which whoever waits for an answer is in a hurry: what takes longer computes or waits for something itself. */
const HURRIES_MS = 250

interface Asking {
  /** When it asked last, by `performance.now()`. */
  at: number
  /** Requests without an answer yet. */
  waiting: number
}

/** What organizations ask this process for. */
export class WhoAsks {
  /** Who asked last is the last one. */
  #seen = new Map<string, Asking>()

  /** Takes note that somebody of these organizations asks for something, until he has his answer: until the work is done. */
  async during<T>(organizationIds: readonly string[], work: () => T | Promise<T>): Promise<T> {
    const all = organizationIds.map((id) => this.#begin(id))
    try {
      return await work()
    } finally {
      for (const asking of all) asking.waiting -= 1
    }
  }

  /** Whether anybody else but this organization asked of late. */
  othersAsk(organizationId: string): boolean {
    const now = performance.now()
    return this.#others(organizationId, ({ at }) => now - at < RECENT_MS)
  }

  /** Whether anybody else waits for an answer now that may be had at once. @param organizationId absent: nobody's */
  othersHurry(organizationId?: string): boolean {
    const now = performance.now()
    return this.#others(organizationId, ({ at, waiting }) => waiting > 0 && now - at < HURRIES_MS)
  }

  #begin(organizationId: string): Asking {
    const now = performance.now()
    const asking = this.#seen.get(organizationId) ?? { at: now, waiting: 0 }
    asking.at = now
    asking.waiting += 1
    this.#seen.delete(organizationId)
    this.#seen.set(organizationId, asking)
    for (const [oldest, { at }] of this.#seen) {
      if (now - at < RECENT_MS) break
      this.#seen.delete(oldest)
    }
    return asking
  }

  #others(organizationId: string | undefined, how: (asking: Asking) => boolean): boolean {
    return this.#seen.entries().some(([whose, asking]) => whose !== organizationId && how(asking))
  }
}
