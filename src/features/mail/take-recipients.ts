import type { App } from '../../app.ts'
import { hours } from '../../lib/units.ts'

const WINDOW_MS = hours(1)

/**
 * Takes some of the recipients that an installation may write to in an hour, which begins with the first: all of them, or
 * none. In one statement, so that no two processes take the same. Returns whether it may.
 */
export async function takeRecipients(
  app: App,
  installationId: string,
  { count, perHour }: { count: number; perHour: number },
): Promise<boolean> {
  if (count > perHour) return false
  const now = app.clock.now().getTime()
  const { rowCount } = await app.database.pool.query(
    `insert into rate_limit as r (key, points, expire) values ($1, $2::int, $3)
     on conflict (key) do update set
       points = case when r.expire <= $4 then excluded.points else r.points + excluded.points end,
       expire = case when r.expire <= $4 then excluded.expire else r.expire end
     where r.expire <= $4 or r.points + excluded.points <= $5::int`,
    [`mail ${installationId}`, count, now + WINDOW_MS, now, perHour],
  )
  return rowCount === 1
}
