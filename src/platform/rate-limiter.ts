import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { minutes, seconds } from '../lib/units.ts'

/** Counts how much of something was done this minute, in all processes together. */
export interface RateLimiter {
  /**
   * Takes tokens of a key. A key's minute begins with the first token that is taken of it; what is used up is refused
   * without asking the database.
   */
  take: (key: string, perMinute: number, tokens?: number) => Promise<Taken>
  /** Forgets what has long run out. */
  forgetOld: () => Promise<void>
}

/** Milliseconds until the key's next minute begins. */
export interface Taken {
  granted: boolean
  nextInMs: number
}

const WINDOW_MS = minutes(1)

/** Opens it over the table `rate_limit`. It goes by the processes' own clocks, as the library does. */
export function openRateLimiter(pool: Pool): RateLimiter {
  // Without the names that it gives its statements: behind a pooler the next one may be asked on another connection.
  const storeClient = {
    query: ({ text, values }: { text: string; values: unknown[] }) => pool.query({ text, values }),
  }
  const limiters = new Map<number, RateLimiterPostgres>()
  const limiterOf = (points: number): RateLimiterPostgres => {
    const known = limiters.get(points)
    if (known !== undefined) return known
    const made = new RateLimiterPostgres({
      storeClient,
      storeType: 'client',
      tableName: 'rate_limit',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: '',
      points,
      duration: WINDOW_MS / seconds(1),
      inMemoryBlockOnConsumed: points,
    })
    limiters.set(points, made)
    return made
  }
  return {
    async take(key, perMinute, tokens = 1) {
      try {
        const { msBeforeNext } = await limiterOf(perMinute).consume(key, tokens)
        return { granted: true, nextInMs: msBeforeNext }
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        return { granted: false, nextInMs: refusal.msBeforeNext }
      }
    },
    async forgetOld() {
      await pool.query('delete from rate_limit where expire < $1', [Date.now() - WINDOW_MS])
    },
  }
}
