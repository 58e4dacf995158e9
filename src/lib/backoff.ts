import { seconds } from './units.ts'

/** How pauses between tries grow. */
export interface Backoff {
  /** Milliseconds before the second attempt. */
  initialMs: number
  /** The most, before jitter. */
  maxMs: number
  /** By which it grows with each attempt. */
  factor: number
}

/** Before the second attempt 2.7 s, then e times as long each time: what graphile-worker waits, here with jitter. */
export const QUEUE_BACKOFF: Backoff = {
  initialMs: seconds(Math.E),
  maxMs: seconds(Math.E ** 10),
  factor: Math.E,
}

/**
 * Milliseconds to wait after so many attempts: growing, and drawn from the last half, so that what failed together does not
 * come again together ("equal jitter" of Marc Brooker's "Exponential Backoff And Jitter", AWS 2015).
 */
export function backoffMs(attempts: number, { initialMs, maxMs, factor }: Backoff): number {
  const most = Math.min(maxMs, initialMs * factor ** (attempts - 1))
  return Math.round(most * (0.5 + Math.random() / 2))
}
