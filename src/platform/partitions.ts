import type { Pool } from 'pg'
import { days } from '../lib/units.ts'

/** Days that are made ahead: a worker that stands still for a weekend loses nothing. */
const DAYS_AHEAD = 4

/**
 * What finished is noted for those who follow an installation, and come back: who was away for longer begins anew. Less
 * than the runs themselves are kept, which it tells of.
 */
const FINISHES_MS = days(7)

/** What is kept, in milliseconds. */
export interface Retention {
  invocationsMs: number
  eventsMs: number
  healthMs: number
}

/** Makes the partitions of the days to come. Cheap where they are there. */
export async function ensurePartitions(pool: Pool, now: Date): Promise<void> {
  await pool.query('select ensure_partitions($1::date, $2::int)', [
    dayOf(new Date(now.getTime() - days(1))),
    DAYS_AHEAD + 1,
  ])
}

/** Drops what is older than it is kept; of the events only what the relay has done. */
export async function dropOldPartitions(pool: Pool, now: Date, retention: Retention): Promise<void> {
  const before = (ms: number): string => dayOf(new Date(now.getTime() - ms))
  await pool.query("select drop_partitions('invocation', $1::date)", [before(retention.invocationsMs)])
  const finishesMs = Math.max(days(1), Math.min(FINISHES_MS, retention.invocationsMs - days(1)))
  await pool.query("select drop_partitions('invocation_finish', $1::date)", [before(finishesMs)])
  await pool.query("select drop_partitions('health_sample', $1::date)", [before(retention.healthMs)])
  const { rows } = await pool.query<{ day: string | null }>(
    `select to_char(min(occurred_at) at time zone 'UTC', 'YYYY-MM-DD') as day from event
     where seq > coalesce((select seq from relay_position where id = 1), 0)`,
  )
  const oldestUndone = rows[0]?.day
  const limit = before(retention.eventsMs)
  await pool.query("select drop_partitions('event', $1::date)", [
    oldestUndone !== null && oldestUndone !== undefined && oldestUndone < limit ? oldestUndone : limit,
  ])
}

/** `YYYY-MM-DD`, UTC. */
function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10)
}
