/** Milliseconds: all that is faster counts as this. */
const FIRST_MS = 0.1
/**
 * Each bucket's bounds are its neighbour's times this. A duration is told as the geometric mean of its bucket's bounds, so that
 * it is wrong by at most √1.1 − 1, which is 4.9%, upwards and downwards.
 */
const GROWTH = 1.1
/** Up to 0.1 ms × 1.1^190, which is 2 hours; the longest job may take one. */
const BUCKETS = 190

/**
 * The bucket of a duration: ⌊log(ms / 0.1) / log(1.1)⌋, so that bucket n is what took from 0.1 × 1.1ⁿ up to 0.1 × 1.1ⁿ⁺¹ ms.
 */
export function bucketOf(ms: number): number {
  if (ms <= FIRST_MS) return 0
  return Math.min(BUCKETS - 1, Math.floor(Math.log(ms / FIRST_MS) / Math.log(GROWTH)))
}

/** Milliseconds that a share `q` (0 to 1) of what was counted did not exceed, by nearest rank; null where nothing was. */
export function quantileOf(counts: readonly number[], q: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = Math.max(1, Math.ceil(q * total))
  let seen = 0
  const bucket = counts.findIndex((count) => (seen += count) >= rank)
  return FIRST_MS * GROWTH ** (bucket + 0.5)
}
