import { change, type App } from '../../app.ts'
import { SERVICE } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import type { DeploymentTargetStatus } from '../../generated/prisma/enums.ts'
import { messageOf, RequestError, UserError, UserErrors } from '../../lib/errors.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { activateInstallation } from '../installations/activate-installation.ts'
import { installPlugin } from '../installations/install-plugin.ts'
import { CURRENT } from '../installations/policy.ts'
import { recoverInstallations } from '../installations/recover-installations.ts'
import { upgradeInstallation } from '../upgrades/upgrade-installation.ts'

/** A target whose worker died is taken up again this often; then it is FAILED. */
const MAX_ATTEMPTS = 3

interface Work {
  id: string
  deploymentId: string
  organizationId: string
  siteId: string
  status: DeploymentTargetStatus
  attempts: number
  deployment: {
    type: string
    pluginId: string
    packageId: string
    configuration: unknown
    activate: boolean
    organizationId: string | null
    plugin: { slug: string }
  }
}

interface Outcome {
  status: 'SUCCEEDED' | 'SKIPPED' | 'FAILED'
  installationId?: string
  previousInstallationId?: string
  error?: string
}

/** Carries out one target of a deployment; safe to be called again for one that was broken off half-way. */
export async function deployToTarget(app: App, targetId: string): Promise<void> {
  const work = await begin(app, targetId)
  if (work === null) return
  const outcome = await carryOut(app, work).catch(asFailure)
  await finish(app, work, outcome)
}

async function begin(app: App, targetId: string): Promise<Work | null> {
  const work = await app.database.prisma.deploymentTarget.findUnique({
    where: { id: targetId },
    select: {
      id: true,
      deploymentId: true,
      organizationId: true,
      siteId: true,
      status: true,
      attempts: true,
      deployment: {
        select: {
          type: true,
          pluginId: true,
          packageId: true,
          configuration: true,
          activate: true,
          organizationId: true,
          plugin: { select: { slug: true } },
        },
      },
    },
  })
  if (work === null || (work.status !== 'PENDING' && work.status !== 'RUNNING')) return null
  const at = app.clock.now()
  const begun = await change(app, async (tx) => {
    const { count } = await tx.deploymentTarget.updateMany({
      where: { id: work.id, status: work.status, attempts: work.attempts },
      data: {
        status: 'RUNNING',
        attempts: work.attempts + 1,
        ...(work.status === 'PENDING' ? { startedAt: at } : {}),
      },
    })
    if (count === 1 && work.status === 'PENDING')
      await tell(tx, app, work, { status: 'RUNNING', error: null })
    return count === 1
  })
  return begun ? work : null
}

/** Installs, upgrades or skips, by what is at the site now. */
async function carryOut(app: App, work: Work): Promise<Outcome> {
  const { pluginId, packageId, activate, type, plugin } = work.deployment
  const configuration = (work.deployment.configuration ?? undefined) as JsonValue | undefined
  if (work.attempts >= MAX_ATTEMPTS)
    return { status: 'FAILED', error: `It was broken off ${MAX_ATTEMPTS} times.` }
  // Of the attempt that was broken off nothing may stand in the way.
  if (work.attempts > 0) await recoverInstallations(app)
  const current = await app.database.prisma.installation.findFirst({
    where: { siteId: work.siteId, pluginId, AND: [CURRENT] },
    select: { id: true, packageId: true, status: true, supersedesId: true },
  })
  if (current === null) {
    if (type === 'UPGRADE')
      return { status: 'SKIPPED', error: `${plugin.slug} is not installed at this site.` }
    const input = { siteId: work.siteId, packageId, configuration, activate }
    const { installationId, userErrors } = await installPlugin(app, SERVICE, input)
    if (userErrors !== undefined) throw new UserErrors(userErrors)
    return { status: 'SUCCEEDED', ...(installationId === undefined ? {} : { installationId }) }
  }
  if (current.status === 'INSTALLING')
    throw new RequestError('UNAVAILABLE', `${plugin.slug} is just being installed at this site.`)
  if (current.status === 'FAILED')
    return { status: 'FAILED', error: `${plugin.slug} is FAILED at this site: retry or uninstall it first.` }
  if (current.packageId === packageId) return await settle(app, work, current, activate)
  const installationId = await upgradeInstallation(app, SERVICE, {
    installationId: current.id,
    packageId,
    configuration,
    activate,
  })
  return { status: 'SUCCEEDED', installationId, previousInstallationId: current.id }
}

/** The package is there: by an attempt of ours that was broken off, or because it was there before (SKIPPED). */
async function settle(
  app: App,
  work: Work,
  current: { id: string; status: string; supersedesId: string | null },
  activate: boolean,
): Promise<Outcome> {
  if (work.attempts === 0) return { status: 'SKIPPED', installationId: current.id }
  if (activate && current.status !== 'ACTIVE') await activateInstallation(app, SERVICE, current.id)
  const previous = current.supersedesId === null ? {} : { previousInstallationId: current.supersedesId }
  return { status: 'SUCCEEDED', installationId: current.id, ...previous }
}

/** What the target can be told ends it; anything else is ours or passes, and the queue tries again. */
function asFailure(error: unknown): Outcome {
  if (error instanceof RequestError && error.code === 'UNAVAILABLE') throw error
  if (error instanceof UserError || error instanceof UserErrors || error instanceof RequestError) {
    return { status: 'FAILED', error: messageOf(error) }
  }
  throw error
}

async function finish(app: App, work: Work, outcome: Outcome): Promise<void> {
  const at = app.clock.now()
  await change(app, async (tx) => {
    const { status, error = null, ...links } = outcome
    const { count } = await tx.deploymentTarget.updateMany({
      where: { id: work.id, status: 'RUNNING', attempts: work.attempts + 1 },
      data: { status, error, finishedAt: at, ...links },
    })
    if (count === 0) return
    await tell(tx, app, work, { status, error })
    await finishDeployment(tx, app, work)
  })
}

async function tell(
  tx: Tx,
  app: App,
  work: Work,
  change: { status: DeploymentTargetStatus; error: string | null },
): Promise<void> {
  // The deployment's row lock puts all its events in one order.
  await tx.$queryRaw`select id from deployment where id = ${work.deploymentId}::uuid for update`
  await record(
    tx,
    'deployment.target_changed',
    { targetId: work.id, siteId: work.siteId, ...change },
    scopeOf(app, work),
  )
}

/** The last target ends the deployment. Its row is locked by `tell`, so exactly one transaction sees that. */
async function finishDeployment(tx: Tx, app: App, work: Work): Promise<void> {
  const counts = await tx.deploymentTarget.groupBy({
    by: ['status'],
    where: { deploymentId: work.deploymentId },
    _count: true,
  })
  const of = (status: DeploymentTargetStatus): number =>
    counts.find((row) => row.status === status)?._count ?? 0
  if (of('PENDING') + of('RUNNING') > 0) return
  const failed = of('FAILED')
  const status = failed === 0 ? ('COMPLETED' as const) : ('FAILED' as const)
  const reason = failed === 0 ? null : `${failed} of its targets failed.`
  const ended = await tx.deployment.updateMany({
    where: { id: work.deploymentId, status: 'RUNNING' },
    data: { status, statusReason: reason, finishedAt: app.clock.now() },
  })
  if (ended.count === 1) await record(tx, 'deployment.finished', { status, reason }, scopeOf(app, work))
}

function scopeOf(app: App, work: Work) {
  const { organizationId, pluginId } = work.deployment
  return { organizationId, subjectId: work.deploymentId, pluginId, actorId: null, at: app.clock.now() }
}
