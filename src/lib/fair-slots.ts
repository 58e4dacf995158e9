/** A few places for work that many want: nobody has more than his share, and who waits takes turns with the others. */
export interface FairSlots {
  /**
   * Does the work when a place is free for whom it is.
   *
   * @throws {SlotsBusyError} where too much of his waits already
   * @throws the signal's reason where it was aborted while waiting
   */
  run: <T>(whose: string, signal: AbortSignal | undefined, work: () => Promise<T>) => Promise<T>
}

/** One has asked for more than may wait. */
export class SlotsBusyError extends Error {}

interface Share {
  running: number
  /** Those who wait, in their order. */
  waiting: Set<() => void>
}

/**
 * Places for `places` at a time, of which one may have `each`; `waiting` of his may wait. Those who wait are asked in turn
 * by whom they are for, so that a flood of one delays the next one by a single piece of work.
 */
export function createFairSlots(limits: { places: number; each: number; waiting: number }): FairSlots {
  /** In the order in which they are served next. */
  const shares = new Map<string, Share>()
  let free = limits.places

  const fill = (): void => {
    // Who is served goes to the end, where he is asked once more.
    for (const [whose, share] of shares) {
      if (free === 0) return
      const [next] = share.waiting
      if (next === undefined || share.running >= limits.each) continue
      share.waiting.delete(next)
      share.running++
      free--
      // He has had his turn.
      shares.delete(whose)
      shares.set(whose, share)
      next()
    }
  }
  const leave = (whose: string, share: Share): void => {
    free++
    share.running--
    if (share.running === 0 && share.waiting.size === 0) shares.delete(whose)
    fill()
  }

  /** When nobody waits there is no turn to wait for: a promise and a listener took longer than all else here. */
  const enterAtOnce = (whose: string, share: Share): boolean => {
    if (free === 0 || share.waiting.size > 0 || share.running >= limits.each) return false
    free--
    share.running++
    // He has had his turn.
    shares.delete(whose)
    shares.set(whose, share)
    return true
  }
  const wait = (whose: string, share: Share, signal: AbortSignal | undefined): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      shares.set(whose, share)
      const begin = (): void => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        // Whoever has begun is not in it any more.
        if (!share.waiting.delete(begin)) return
        if (share.running === 0 && share.waiting.size === 0) shares.delete(whose)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      share.waiting.add(begin)
    })

  return {
    async run(whose, signal, work) {
      signal?.throwIfAborted()
      const share = shares.get(whose) ?? { running: 0, waiting: new Set() }
      if (share.waiting.size >= limits.waiting)
        throw new SlotsBusyError('Too much waits already: ask less at once.')
      if (!enterAtOnce(whose, share)) await wait(whose, share, signal)
      try {
        return await work()
      } finally {
        leave(whose, share)
      }
    },
  }
}
