import type { App } from '../../app.ts'
import type { Tx } from '../../platform/database.ts'
import { hours, minutes } from '../../lib/units.ts'
import { SUM_COLUMNS, sumsOfSamples } from './sums.ts'

/** Samples of this process or of another arrive by then; what is later is rolled up as it arrives. */
const SETTLED_MS = minutes(10)
/** Rows of one statement. */
const BATCH = 10_000

/**
 * Puts the samples of the present hour together (and of the last one, just after its end), and of all hours since the last that was;
 * each hour anew from its samples, so that several workers may.
 */
export async function rollUpHours(app: App): Promise<void> {
  const { pool } = app.database
  const now = app.clock.now().getTime()
  const { rows } = await pool.query<{ last: Date | null }>('select max(hour) as last from health_hour')
  const oldest = now - app.config.retention.healthMs
  const last = rows[0]!.last?.getTime() ?? oldest
  // A sample of the future, whose clock was ahead, is no reason to leave out the present.
  const from = hourOf(Math.max(oldest, Math.min(last, now - SETTLED_MS)))
  await pool.query(
    `${INTO_HOURS}
     select i.id, s.* from installation i cross join lateral (
       select ${HOUR} from health_sample h where h.installation_id = i.id and h.recorded_at >= $1 group by 1, 2
     ) s where i.last_seen_at >= $1 order by i.id, s.hour ${ANEW}`,
    [from],
  )
}

/** Puts hours together anew in which samples arrived after they were. */
export async function rollUpLate(
  tx: Tx,
  samples: readonly { installationId: string; recordedAt: Date }[],
  now: Date,
): Promise<void> {
  const settled = hourOf(now.getTime() - SETTLED_MS).getTime()
  const late = samples.filter(({ recordedAt }) => recordedAt.getTime() < settled)
  if (late.length === 0) return
  const ids = late.map(({ installationId }) => installationId)
  const starts = late.map(({ recordedAt }) => hourOf(recordedAt.getTime()))
  await tx.$executeRawUnsafe(
    `${INTO_HOURS}
     select w.id, s.* from (select distinct * from unnest($1::uuid[], $2::timestamptz[]) as u (id, hour)) w
     cross join lateral (
       select ${HOUR} from health_sample h
       where h.installation_id = w.id and h.recorded_at >= w.hour and h.recorded_at < w.hour + interval '1 hour'
       group by 1, 2
     ) s order by w.id, s.hour ${ANEW}`,
    ids,
    starts,
  )
}

/** Deletes the hours that are older than they are kept. */
export async function forgetHours(app: App): Promise<void> {
  const before = new Date(app.clock.now().getTime() - app.config.retention.healthRollupMs)
  let deleted: number | null = BATCH
  while (deleted === BATCH) {
    const result: { rowCount: number | null } = await app.database.pool.query(
      `delete from health_hour where ctid = any(array(select ctid from health_hour where hour < $1 limit ${BATCH}))`,
      [before],
    )
    deleted = result.rowCount
  }
}

const INTO_HOURS = `
  insert into health_hour (installation_id, organization_id, hour, samples, ${SUM_COLUMNS})`

const HOUR = `h.organization_id, date_trunc('hour', h.recorded_at, 'UTC') as hour, count(*)::int as samples, ${sumsOfSamples('h')}`

const ANEW = `
  on conflict (installation_id, hour) do update set samples = excluded.samples, ${SUM_COLUMNS.split(', ')
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`

function hourOf(ms: number): Date {
  return new Date(Math.floor(ms / hours(1)) * hours(1))
}
