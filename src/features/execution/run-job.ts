import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn, requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonValue } from '../../lib/json.ts'
import { seconds } from '../../lib/units.ts'
import type { Tx } from '../../platform/database.ts'
import { disabledReasons, ENABLEMENT } from '../installations/enablement.ts'
import { visibleInstallations } from '../installations/policy.ts'
import { running } from '../installations/policy.ts'
import { invoke, UNENDED } from '../invocations/invoke.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { inForceInstead } from './in-force-instead.ts'

export interface RunJobInput {
  installationId: string
  job: string
  payload?: JsonValue | undefined
  /** Wait for its end, or only queue it. */
  wait: boolean
}

/** Runs a job of an installation now, or puts it into the queue. Returns the invocation's id. */
export async function runJob(app: App, actor: Actor, input: RunJobInput): Promise<string> {
  const target = await runnableTarget(app, actor, input)
  const payload = input.payload ?? null
  if (!input.wait) {
    return await change(app, (tx) =>
      queueJob(tx, app, target, { job: input.job, payload, scheduledFor: null }, actor),
    )
  }
  const { invocationId } = await invoke(app, target, jobRequest(target, input.job, payload))
  return invocationId
}

async function runnableTarget(app: App, actor: Actor, input: RunJobInput): Promise<Target> {
  requireKnown(actor)
  const seen = await app.database.prisma.installation.findFirst({
    where: { AND: [{ id: input.installationId }, visibleInstallations(actor)] },
    select: { organizationId: true, ...ENABLEMENT },
  })
  if (seen === null) throw notFound('installation')
  requireIn(actor, 'plugins:run', seen.organizationId, 'installation')
  const reasons = disabledReasons(seen, app.clock.now())
  if (reasons.length > 0)
    throw new UserError('INVALID_STATE', `It does not run: ${reasons.join(' ')}`, ['installationId'])
  const target = await loadTarget(app, { id: input.installationId })
  if (target === null) throw notFound('installation')
  const names = target.manifest.jobs.map((job) => job.name)
  if (names.includes(input.job)) return target
  const known = names.length === 0 ? 'It has none.' : `It has: ${names.join(', ')}.`
  throw new UserError('NOT_FOUND', `${target.slug} has no job "${input.job.slice(0, 64)}". ${known}`, ['job'])
}

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

/**
 * The worker's part: runs what waits, or was broken off; what has come to its end is not run twice. One whose
 * installation stopped meanwhile is ended with the reason; what replaced it does its work.
 */
export async function runQueuedJob(
  app: App,
  queued: { invocationId: string; installationId: string; job: string; payload: JsonValue },
): Promise<void> {
  const waiting = await app.database.prisma.invocation.count({
    where: { id: queued.invocationId, AND: [UNENDED] },
  })
  if (waiting === 0) return
  const id = await inForceInstead(app, queued.installationId)
  const target = await loadTarget(app, { id, AND: [running(app.clock.now())] })
  if (target === null || !target.manifest.jobs.some(({ name }) => name === queued.job)) {
    await app.database.prisma.invocation.updateMany({
      where: { id: queued.invocationId, status: 'QUEUED' },
      data: {
        status: 'FINISHED',
        outcome: 'DENIED',
        finishedAt: app.clock.now(),
        error: 'The installation no longer runs, or has no such job any more.',
      },
    })
    return
  }
  if (id !== queued.installationId) {
    await app.database.prisma.invocation.updateMany({
      where: { id: queued.invocationId, AND: [UNENDED] },
      data: { installationId: id },
    })
  }
  await invoke(app, target, {
    ...jobRequest(target, queued.job, queued.payload),
    invocationId: queued.invocationId,
  })
}

function jobRequest(target: Target, job: string, payload: JsonValue) {
  const timeoutSeconds = target.manifest.jobs.find((it) => it.name === job)?.timeoutSeconds ?? null
  return {
    kind: 'JOB' as const,
    name: job,
    args: [payload],
    ...(timeoutSeconds === null ? {} : { timeoutMs: seconds(timeoutSeconds) }),
  }
}
