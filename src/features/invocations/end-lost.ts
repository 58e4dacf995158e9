import type { App } from '../../app.ts'
import { firstIdAt } from '../../lib/ids.ts'
import { days, hours } from '../../lib/units.ts'
import { COUNT_CRASHED } from '../../platform/count-crashed.ts'
import { lostBefore } from './lost-before.ts'

/** The first look of a process goes back so far: what died before has been given back by those who came after it. */
const LOOKS_BACK_MS = days(1)
/** Of runs at one look: no index knows what runs, and a busy service has a million in an hour. */
const WINDOW_MS = hours(1)

/** Up to which time of their ids a process has looked. */
const lookedUpTo = new WeakMap<App, Date>()

/**
 * Ends runs as CRASHED that go on for longer than any may, though their process lives or is not known: their end came when the
 * database was away, and was lost. Each once, whoever looks at the same time; what its process still ends later changes
 * nothing. Returns how many.
 */
export async function endLost(app: App): Promise<number> {
  const before = lostBefore(app)
  const from = lookedUpTo.get(app) ?? new Date(before.getTime() - LOOKS_BACK_MS)
  const to = new Date(Math.min(from.getTime() + WINDOW_MS, before.getTime()))
  const { rows } = await app.database.pool.query<{ lost: number }>(END_LOST, [
    firstIdAt(from),
    firstIdAt(to),
    before,
    app.clock.now(),
  ])
  lookedUpTo.set(app, to)
  const { lost } = rows[0]!
  if (lost > 0) app.log.warn({ runs: lost }, 'ended runs whose end was lost')
  return lost
}

// Rows of jobs are made when they are queued, and may begin much later; an index knows those. Whoever looks at the same time waits for
// the rows, in one order, and finds them ended. An array, since a join may be planned as a scan of all that is kept.
const END_LOST = `
with job as (
  select id from invocation
  where kind = 'JOB' and status <> 'FINISHED' and status = 'RUNNING' and started_at < $3
  order by id for update
), other as (
  select id from invocation
  where id >= $1 and id < $2 and kind <> 'JOB' and status = 'RUNNING' and started_at < $3
  order by id for update
), crashed as (
  update invocation set status = 'FINISHED', outcome = 'CRASHED', finished_at = $4,
    error = 'Its end is not known: the database was away at that moment, or the process that ran it ended.'
  where id = any (array(select id from job union all select id from other))
  returning installation_id, organization_id, site_id, finished_at
), counted as (
  ${COUNT_CRASHED}
)
select count(*)::int as lost from crashed`
