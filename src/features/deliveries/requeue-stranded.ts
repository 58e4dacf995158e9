import type { App } from '../../app.ts'
import { minutes } from '../../lib/units.ts'

/** As long after its time a delivery without a job is looked at: its job may just be written. */
const STRANDED_MS = minutes(5)
/** At once; the next tick takes more. */
const BATCH = 500

/**
 * Gives deliveries a job that have none any more, or whose job was given up since the database was away too long: each can be gone
 * on with from its row alone. Returns how many.
 */
export async function requeueStranded(app: App): Promise<number> {
  const before = new Date(app.clock.now().getTime() - STRANDED_MS)
  const { rows } = await app.database.pool.query(
    `select graphile_worker.add_job('deliverWebhook', payload := json_build_object('deliveryId', d.id),
        job_key := 'webhook:' || d.id, max_attempts := 25)
      from (
        select id from webhook_delivery d
        where status in ('PENDING', 'FAILED') and next_attempt_at < $1 and not exists (
          select from graphile_worker.jobs j where j.key = 'webhook:' || d.id and j.attempts < j.max_attempts
        ) order by next_attempt_at limit ${BATCH}
      ) d`,
    [before],
  )
  if (rows.length > 0) app.log.warn({ deliveries: rows.length }, 'deliveries of webhooks had lost their jobs')
  return rows.length
}
