import type { App } from '../../app.ts'
import { newId } from '../../lib/ids.ts'
import type { Tx } from '../../platform/database.ts'
import { UNENDED } from '../invocations/unended.ts'
import { lostBefore } from '../invocations/lost-before.ts'
import type { Target } from '../invocations/target.ts'

/** What came of wanting to run a job: its turn has come; it runs already; or it is no job of what is active there. */
export type JobTurn =
  | { kind: 'begun'; invocationId: string }
  | { kind: 'running'; runningId: string; since: Date }
  | { kind: 'gone' }

/**
 * Begins the run of a job, by the transaction's end, where no other run of it goes on: of this installation or of the one
 * that it replaced, in whatever process. The job's schedule is the lock, so that of two that come at once one is begun. A
 * run whose process died, or whose end was lost, holds nobody up: it is CRASHED, or will be. `waitingId`: an invocation
 * that is there already; else one is made.
 */
export async function beginJobRun(
  tx: Tx,
  app: App,
  target: Target,
  { job, waitingId }: { job: string; waitingId: string | null },
): Promise<JobTurn> {
  const locked = await tx.$queryRaw<unknown[]>`
    select 1 from job_schedule where installation_id = ${target.id}::uuid and name = ${job} for update`
  if (locked.length === 0) return { kind: 'gone' }
  // A statement of its own behind the lock: its snapshot has whatever the one before us has begun.
  const [other] = await tx.$queryRaw<{ id: string; since: Date }[]>`
    select v.id::text as id, coalesce(v.started_at, ${app.clock.now()}) as since
    from invocation v join installation i on i.id = v.installation_id
    where v.kind = 'JOB' and v.status <> 'FINISHED' and v.status = 'RUNNING' and v.site_id = ${target.siteId}::uuid
      and v.name = ${job} and i.plugin_id = ${target.pluginId}::uuid and v.id is distinct from ${waitingId}::uuid
      and v.started_at > ${lostBefore(app)}
    limit 1`
  if (other !== undefined) return { kind: 'running', runningId: other.id, since: other.since }
  return { kind: 'begun', invocationId: await markRunning(tx, app, target, job, waitingId) }
}

async function markRunning(
  tx: Tx,
  app: App,
  target: Target,
  name: string,
  waitingId: string | null,
): Promise<string> {
  const started = { status: 'RUNNING' as const, startedAt: app.clock.now(), processId: app.processId }
  if (waitingId !== null) {
    await tx.invocation.updateMany({
      where: { id: waitingId, AND: [UNENDED] },
      data: { ...started, installationId: target.id, outcome: null, finishedAt: null, error: null },
    })
    return waitingId
  }
  const id = newId()
  const { organizationId, siteId, id: installationId } = target
  await tx.invocation.create({
    data: { id, organizationId, siteId, installationId, kind: 'JOB', name, ...started },
    select: { id: true },
  })
  return id
}
