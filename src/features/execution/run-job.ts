import { change, type App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireIn, requireKnown } from '../../auth/authorize.ts'
import { encodeGlobalId } from '../../graphql/global-id.ts'
import { notFound, RequestError, UserError } from '../../lib/errors.ts'
import type { JsonValue } from '../../lib/json.ts'
import { inTransaction } from '../../platform/database.ts'
import { disabledReasons, ENABLEMENT } from '../installations/enablement.ts'
import { visibleInstallations } from '../installations/policy.ts'
import { invoke } from '../invocations/invoke.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { beginJobRun } from './job-turn.ts'
import { queueJob } from './queue-job.ts'

/** Runs of one job that may wait for each other, as calls of an installation may: more are refused. */
const MOST_WAITING = 100

/** A job of an installation that is to run now, and whether its end is waited for. */
export interface RunJobInput {
  installationId: string
  job: string
  payload?: JsonValue | undefined
  /** Wait for its end, or only queue it. */
  wait: boolean
}

/**
 * Runs a job of an installation now, or puts it into the queue, where it waits until no other run of it goes on. Now, it is
 * refused while one goes on: INVALID_STATE with that one's id. Returns the invocation's id.
 */
export async function runJob(app: App, actor: Actor, input: RunJobInput): Promise<string> {
  const target = await runnableTarget(app, actor, input)
  const { job, payload = null } = input
  if (!input.wait) {
    await requireRoom(app, target, job)
    return await change(app, (tx) => queueJob(tx, app, target, { job, payload, scheduledFor: null }, actor))
  }
  const invocationId = await begin(app, actor, target, job)
  await invoke(app, target, { kind: 'JOB', name: job, args: [payload], invocationId })
  return invocationId
}

async function begin(app: App, actor: Actor, target: Target, job: string): Promise<string> {
  const turn = await inTransaction(app.database.prisma, async (tx) => {
    const it = await beginJobRun(tx, app, target, { job, waitingId: null })
    const { attempt } = actor.trail ?? {}
    if (it.kind === 'begun') await attempt?.settle(tx, { invocationId: it.invocationId }, { final: false })
    return it
  })
  if (turn.kind === 'begun') return turn.invocationId
  if (turn.kind === 'gone') throw new RequestError('CONFLICT', 'It is just being changed. Try again.')
  const running = encodeGlobalId('Invocation', turn.runningId)
  throw new UserError(
    'INVALID_STATE',
    `${job} runs already, since ${turn.since.toISOString()}: invocation ${running}. Wait for its end, or queue it (\`wait: false\`).`,
    ['job'],
  )
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

async function requireRoom(app: App, target: Target, name: string): Promise<void> {
  // Literals, since an index of what has not ended is used for no parameter.
  const waiting = await app.database.prisma.$queryRaw<unknown[]>`
    select 1 from invocation where kind = 'JOB' and status <> 'FINISHED' and site_id = ${target.siteId}::uuid
      and name = ${name} and installation_id = ${target.id}::uuid limit ${MOST_WAITING}`
  if (waiting.length < MOST_WAITING) return
  throw new RequestError(
    'RATE_LIMITED',
    `${MOST_WAITING} runs of ${name} of ${target.slug} wait already. Try again later.`,
  )
}
