import { change, type App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn, requireKnown } from '../../auth/authorize.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { requireLicensed } from '../licenses/require-licensed.ts'
import { readSecret } from '../secrets/read-secret.ts'
import { registerWebhooks } from '../webhooks/register-webhooks.ts'
import { whileClaimed, type Operation } from './claim.ts'
import { requireDependencies } from './dependents.ts'
import { wouldRun } from './enablement.ts'
import { holdApproved } from './hold-approved.ts'
import { scheduleJobs } from './job-schedules.ts'
import { runHook } from './lifecycle-hooks.ts'
import { checkInForce, checkMove, moveInstallation } from './lifecycle.ts'
import { visibleInstallations } from './policy.ts'
import { refuseCollisions } from './refuse-collisions.ts'
import { requireAsTold } from './require-as-told.ts'
import { lockSite } from './site-lock.ts'
import { takeBack } from './tell-code.ts'
import { tellMove } from './tell-move.ts'

/**
 * Lets an installation run: its code is loaded and its `onActivate` called in the sandbox, and where that is well it is
 * ACTIVE with its jobs scheduled. What it lacks is told first (SECRET_MISSING, INVALID_STATE for a dependency that does
 * not run). A plugin that fails stays what it was, with the reason in `failure`. Where a switch keeps the plugin from
 * running, it is ACTIVE without a word to its code, which is told when the switch is turned.
 */
export async function activateInstallation(
  app: App,
  actor: Actor,
  installationId: string,
  options: { unlessActive?: boolean } = {},
): Promise<string> {
  const seen = await manageableTarget(app, actor, installationId)
  await checkInForce(app.database.prisma, seen.id)
  if (options.unlessActive && seen.status === 'ACTIVE') return seen.id
  checkMove(seen.status, 'ACTIVE')
  return await whileClaimed(app, seen.id, 'activate', async () => {
    const target = await reload(app, seen.id)
    checkMove(target.status, 'ACTIVE')
    await checkSecrets(app, target)
    // With the claim set, whoever would end what it needs sees this one, or is seen here.
    await inTransaction(app.database.prisma, async (tx) => {
      await lockSite(tx, target.siteId)
      await holdApproved(tx, [target.packageId], { newly: false })
      await requireDependencies(tx, app, target)
      await refuseCollisions(tx, app, target)
    })
    await requireLicensed(app, target.id)
    const told = await wouldRun(app.database.prisma, target.id, app.clock.now())
    if (told) await runHook(app, target, 'onActivate')
    try {
      await change(app, async (tx) => {
        await lockSite(tx, target.siteId)
        await holdApproved(tx, [target.packageId], { newly: false })
        await requireAsTold(tx, app, [{ ...target, told }])
        await requireDependencies(tx, app, target)
        await refuseCollisions(tx, app, target)
        await makeActive(tx, app, actor, { ...target, told }, 'activate')
      })
    } catch (error) {
      if (told) await takeBack(app, target, 'onDeactivate')
      throw error
    }
    return target.id
  })
}

/** An installation that the actor may change; NOT_FOUND where he may not see it. */
export async function manageableTarget(app: App, actor: Actor, installationId: string): Promise<Target> {
  requireKnown(actor)
  const target = await loadTarget(app, { AND: [{ id: installationId }, visibleInstallations(actor)] })
  if (target === null) throw notFound('installation')
  requireIn(actor, 'installations:manage', target.organizationId, 'installation')
  return target
}

/** It as it is now that it is claimed. */
export async function reload(app: App, installationId: string): Promise<Target> {
  const target = await loadTarget(app, { id: installationId })
  if (target === null) throw notFound('installation')
  return target
}

/** Secrets that the manifest calls required have values before the code runs. */
export async function checkSecrets(
  app: App,
  target: Pick<Target, 'organizationId' | 'siteId' | 'pluginId' | 'slug'> & {
    manifest: Pick<Manifest, 'secrets'>
  },
): Promise<void> {
  const missing: string[] = []
  for (const { key, required } of target.manifest.secrets) {
    if (required && (await readSecret(app, target, key)) === null) missing.push(key)
  }
  if (missing.length === 0) return
  throw new UserError('SECRET_MISSING', `${target.slug} needs ${missing.join(', ')}: set it with setSecret.`)
}

/** The move itself, with what follows from it, in the caller's transaction, which has asked `requireAsTold`. */
export async function makeActive(
  tx: Tx,
  app: App,
  actor: Actor,
  target: Target & { told: boolean },
  operation: Operation,
): Promise<void> {
  const at = app.clock.now()
  await moveInstallation(tx, target.id, target.status, operation, {
    status: 'ACTIVE',
    activatedAt: at,
    deactivatedAt: null,
    toldActive: target.told,
    failure: null,
  })
  await scheduleJobs(tx, target.id, target.manifest, at)
  await registerWebhooks(tx, app, target)
  await tellMove(tx, 'plugin.enabled', target, by(actor), { from: target.status, to: 'ACTIVE', at })
}
