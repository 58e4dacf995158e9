/** Who has how many of the jobs that run in this process. */
export interface QueueShares {
  /** Those who have their share: what is theirs waits. Null: nobody has. */
  full: () => string[] | null
  /** Takes a place for each of them, to be given back; null where one of them has his share already. */
  take: (whose: readonly string[]) => (() => void) | null
}

/** Of one installation's jobs half as many run at once as of its organization's: its neighbours there have the rest. */
export const INSTALLATION = 'installation:'

/**
 * Shares out so many slots: whoever has jobs has at most as many of them at once as are still free, an installation half as many. So
 * who floods the queue, or never ends, leaves half of all to the others, the next one half of that.
 */
export function createQueueShares(slots: number): QueueShares {
  const running = new Map<string, number>()
  let all = 0
  const hasHisShare = (whose: string): boolean =>
    (running.get(whose) ?? 0) * (whose.startsWith(INSTALLATION) ? 2 : 1) >= slots - all
  const count = (whose: readonly string[], change: 1 | -1): void => {
    all += change
    for (const one of whose) {
      const now = (running.get(one) ?? 0) + change
      if (now === 0) running.delete(one)
      else running.set(one, now)
    }
  }
  return {
    full: () => {
      const those = [...running.keys()].filter(hasHisShare)
      return those.length === 0 ? null : those
    },
    take: (whose) => {
      if (whose.some(hasHisShare)) return null
      count(whose, 1)
      return () => count(whose, -1)
    },
  }
}
