import type { App } from '../../app.ts'

/** Rows that one statement deletes: locks are short. */
const BATCH = 5_000

/** Drops deliveries that have ended and are older than events are kept, whose bodies tell the same. */
export async function forgetDeliveries(app: App): Promise<void> {
  const before = new Date(app.clock.now().getTime() - app.config.retention.eventsMs)
  let dropped: number
  do {
    const { rowCount } = await app.database.pool.query(
      `delete from webhook_delivery where id in (
         select id from webhook_delivery where created_at < $1 and finished_at is not null limit ${BATCH})`,
      [before],
    )
    dropped = rowCount ?? 0
  } while (dropped === BATCH)
}
