import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn, requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { readSecret } from '../secrets/read-secret.ts'
import { holdApproved } from './hold-approved.ts'
import { scheduleJobs } from './job-schedules.ts'
import { runHook } from './lifecycle-hooks.ts'
import { checkMove, moveInstallation } from './lifecycle.ts'
import { running, visibleInstallations } from './policy.ts'

/**
 * Lets an installation run: its code is loaded and its `onActivate` called in the sandbox, and where that is well it is
 * ACTIVE with its jobs scheduled. What it lacks is told first (SECRET_MISSING, INVALID_STATE for a dependency that does
 * not run). A plugin that fails stays what it was, with the reason in `failure`.
 */
export async function activateInstallation(
  app: App,
  actor: Actor,
  installationId: string,
  options: { unlessActive?: boolean } = {},
): Promise<string> {
  const target = await manageableTarget(app, actor, installationId)
  if (options.unlessActive && target.status === 'ACTIVE') return target.id
  checkMove(target.status, 'ACTIVE')
  // Before its code is tried, and again in the transaction that lets it run.
  await holdApproved(app.database.prisma, [target.packageId], { newly: false })
  await checkDependencies(app, target)
  await checkSecrets(app, target)
  await runHook(app, target, 'onActivate')
  const at = app.clock.now()
  await change(app, async (tx) => {
    await holdApproved(tx, [target.packageId], { newly: false })
    await moveInstallation(tx, target.id, target.status, {
      status: 'ACTIVE',
      activatedAt: at,
      deactivatedAt: null,
      failure: null,
    })
    await scheduleJobs(tx, target.id, target.manifest, at)
    const { slug, version, organizationId, siteId, status: previousStatus } = target
    await record(
      tx,
      'plugin.enabled',
      { slug, version, previousStatus, status: 'ACTIVE', reason: null },
      { organizationId, siteId, subjectId: target.id, ...by(actor), at },
    )
  })
  return target.id
}

/** An installation that the actor may change; NOT_FOUND where he may not see it. */
export async function manageableTarget(app: App, actor: Actor, installationId: string): Promise<Target> {
  requireKnown(actor)
  const target = await loadTarget(app, { AND: [{ id: installationId }, visibleInstallations(actor)] })
  if (target === null) throw notFound('installation')
  requireIn(actor, 'installations:manage', target.organizationId, 'installation')
  return target
}

async function checkDependencies(app: App, target: Target): Promise<void> {
  const needed = Object.keys(target.manifest.dependencies)
  if (needed.length === 0) return
  const active = await app.database.prisma.installation.findMany({
    where: { siteId: target.siteId, AND: [running(app.clock.now()), { plugin: { slug: { in: needed } } }] },
    select: { plugin: { select: { slug: true } } },
  })
  const missing = needed.filter((slug) => !active.some((row) => row.plugin.slug === slug))
  if (missing.length === 0) return
  throw new UserError(
    'INVALID_STATE',
    `${target.slug} needs ${missing.join(', ')} to run at this site: activate it first.`,
  )
}

/** Secrets that the manifest calls required have values before the code runs. */
export async function checkSecrets(app: App, target: Target): Promise<void> {
  const missing: string[] = []
  for (const { key, required } of target.manifest.secrets) {
    if (required && (await readSecret(app, target, key)) === null) missing.push(key)
  }
  if (missing.length === 0) return
  throw new UserError('SECRET_MISSING', `${target.slug} needs ${missing.join(', ')}: set it with setSecret.`)
}
