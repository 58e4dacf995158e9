import type { App } from '../../app.ts'
import { RequestError } from '../../lib/errors.ts'
import type { JsonValue } from '../../lib/json.ts'
import { seconds } from '../../lib/units.ts'
import { inTransaction } from '../../platform/database.ts'
import type { Again } from '../../platform/task.ts'
import { running } from '../installations/policy.ts'
import { invoke } from '../invocations/invoke.ts'
import { UNENDED } from '../invocations/unended.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { inForceInstead } from './in-force-instead.ts'
import { beginJobRun } from './job-turn.ts'

/** A job that waits for its turn looks so often, and up to twice as seldom. */
const LOOK_MS = seconds(1)

export interface QueuedJob {
  invocationId: string
  installationId: string
  job: string
  payload: JsonValue
}

/**
 * The worker's part: runs what waits, or was broken off; what has come to its end is not run twice. While another run of
 * the same job goes on it waits, and so while the plugin's circuit is open or too much waits for it. One whose installation
 * stopped meanwhile is ended with the reason; what replaced it does its work.
 */
export async function runQueuedJob(app: App, queued: QueuedJob): Promise<Again | null> {
  const { invocationId, job, payload } = queued
  const waiting = await app.database.prisma.invocation.count({ where: { id: invocationId, AND: [UNENDED] } })
  if (waiting === 0) return null
  const id = await inForceInstead(app, queued.installationId)
  const target = await loadTarget(app, { id, AND: [running(app.clock.now())] })
  if (target === null || !target.manifest.jobs.some(({ name }) => name === job)) {
    await endGone(app, invocationId)
    return null
  }
  const turn = await inTransaction(app.database.prisma, (tx) =>
    beginJobRun(tx, app, target, { job, waitingId: invocationId }),
  )
  // What is gone was replaced just now: the next look finds by what.
  if (turn.kind !== 'begun') return { inMs: pause(LOOK_MS) }
  return await runBegun(app, target, { job, payload, invocationId })
}

async function runBegun(
  app: App,
  target: Target,
  { job: name, payload, invocationId }: { job: string; payload: JsonValue; invocationId: string },
): Promise<Again | null> {
  try {
    const { refusedUntil } = await invoke(app, target, { kind: 'JOB', name, args: [payload], invocationId })
    if (refusedUntil === undefined) return null
    await queueAgain(app, invocationId)
    return { inMs: pause(Math.max(LOOK_MS, refusedUntil.getTime() - app.clock.now().getTime())) }
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    await queueAgain(app, invocationId)
    return { inMs: pause(5 * LOOK_MS) }
  }
}

/** Milliseconds from one to two times as many, so that what waits for the same does not come at once. */
function pause(ms: number): number {
  return Math.round(ms * (1 + Math.random()))
}

async function queueAgain(app: App, id: string): Promise<void> {
  await app.database.prisma.invocation.updateMany({
    where: { id, status: 'FINISHED' },
    data: { status: 'QUEUED', outcome: null, startedAt: null, finishedAt: null, error: null },
  })
}

async function endGone(app: App, id: string): Promise<void> {
  await app.database.prisma.invocation.updateMany({
    where: { id, status: 'QUEUED' },
    data: {
      status: 'FINISHED',
      outcome: 'DENIED',
      finishedAt: app.clock.now(),
      error: 'The installation no longer runs, or has no such job any more.',
    },
  })
}
