import type { App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'

/** A job that is to be run by a worker: the waiting invocation and the event of which the relay makes a queue entry. */
export async function queueJob(
  tx: Tx,
  app: App,
  target: { id: string; organizationId: string; siteId: string; pluginId: string },
  job: { job: string; payload: JsonValue; scheduledFor: Date | null },
  actor: Actor,
): Promise<string> {
  const invocationId = newId()
  const { organizationId, siteId } = target
  const at = app.clock.now()
  await tx.invocation.create({
    data: {
      id: invocationId,
      organizationId,
      siteId,
      installationId: target.id,
      kind: 'JOB',
      name: job.job,
      status: 'QUEUED',
    },
    select: { id: true },
  })
  await record(
    tx,
    'job.requested',
    {
      installationId: target.id,
      job: job.job,
      payload: job.payload,
      scheduledFor: job.scheduledFor?.toISOString() ?? null,
    },
    { organizationId, siteId, subjectId: invocationId, pluginId: target.pluginId, ...by(actor), at },
  )
  return invocationId
}
