import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'
import type { Target } from '../invocations/target.ts'
import { manageableTarget, reload } from './activate-installation.ts'
import { whileClaimed, type Operation } from './claim.ts'
import { dependentsOf, hasDependents } from './dependents.ts'
import { hearsItsEnd } from './enablement.ts'
import { unscheduleJobs } from './job-schedules.ts'
import { runHook } from './lifecycle-hooks.ts'
import { checkInForce, checkMove, moveInstallation } from './lifecycle.ts'
import { lockSite } from './site-lock.ts'
import { tellMove } from './tell-move.ts'

/**
 * Stops an installation: its `onDeactivate` is called, and with the commit no handler is called and no job runs any
 * more; what still runs is ended soon after. HAS_DEPENDENTS where others that run need it. A hook that throws leaves it
 * ACTIVE, with the reason in `failure`: `deactivateAll` asks no hook.
 */
export async function deactivateInstallation(
  app: App,
  actor: Actor,
  installationId: string,
): Promise<string> {
  const seen = await manageableTarget(app, actor, installationId)
  await checkInForce(app.database.prisma, seen.id)
  checkMove(seen.status, 'INACTIVE')
  return await whileClaimed(app, seen.id, 'deactivate', async () => {
    const target = await reload(app, seen.id)
    checkMove(target.status, 'INACTIVE')
    await inTransaction(app.database.prisma, async (tx) => {
      await lockSite(tx, target.siteId)
      const dependents = await dependentsOf(tx, app, target, 'running')
      if (dependents.length > 0) throw hasDependents(dependents, target.slug, 'deactivate them first')
    })
    if (await hearsItsEnd(app.database.prisma, target.id, app.clock.now()))
      await runHook(app, target, 'onDeactivate')
    await change(app, async (tx) => {
      await lockSite(tx, target.siteId)
      await moveToInactive(tx, app, actor, target, 'deactivate')
    })
    return target.id
  })
}

/** The move itself, with what follows from it, in the caller's transaction: the site is locked, and `operation` claimed. */
export async function moveToInactive(
  tx: Tx,
  app: App,
  actor: Actor,
  target: Target,
  operation: Operation,
): Promise<void> {
  const at = app.clock.now()
  await moveInstallation(tx, target.id, 'ACTIVE', operation, {
    status: 'INACTIVE',
    deactivatedAt: at,
    failure: null,
  })
  await unscheduleJobs(tx, target.id)
  await tellMove(tx, 'plugin.disabled', target, by(actor), { from: 'ACTIVE', to: 'INACTIVE', at })
}
