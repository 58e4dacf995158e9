import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { messageOf } from '../../lib/errors.ts'
import { manageableTarget, reload } from './activate-installation.ts'
import { whileClaimed } from './claim.ts'
import { holdApproved } from './hold-approved.ts'
import { runHook } from './lifecycle-hooks.ts'
import { requireSignatures } from '../packages/require-signatures.ts'
import { checkInForce, checkMove, moveInstallation } from './lifecycle.ts'
import { lockSite } from './site-lock.ts'
import { tellMove } from './tell-move.ts'
import { failUnfinished } from './undo-installation.ts'

/** Tries again to install what FAILED: `onInstall` is called anew, and it is INSTALLED, or FAILED with the new reason. */
export async function retryInstallation(app: App, actor: Actor, installationId: string): Promise<string> {
  const seen = await manageableTarget(app, actor, installationId)
  await checkInForce(app.database.prisma, seen.id)
  checkMove(seen.status, 'INSTALLING')
  return await whileClaimed(app, seen.id, 'install', async () => {
    const target = await reload(app, seen.id)
    checkMove(target.status, 'INSTALLING')
    // What has never run is installed newly: not if it was yanked since, or its signature is no longer good.
    const newly =
      (await app.database.prisma.installation.count({ where: { id: target.id, activatedAt: null } })) > 0
    if (newly) await requireSignatures(app, target.organizationId, [target.packageId])
    await change(app, async (tx) => {
      await lockSite(tx, target.siteId)
      await holdApproved(tx, [target.packageId], { newly })
      // `failure` stays until it is well: a row that is INSTALLING with one was tried again.
      await moveInstallation(tx, target.id, 'FAILED', 'install', { status: 'INSTALLING' })
    })
    try {
      await runHook(app, target, 'onInstall')
      await change(app, async (tx) => {
        await lockSite(tx, target.siteId)
        await holdApproved(tx, [target.packageId], { newly })
        await moveInstallation(tx, target.id, 'INSTALLING', 'install', { status: 'INSTALLED', failure: null })
        const move = { from: 'FAILED', to: 'INSTALLED', at: app.clock.now() } as const
        await tellMove(tx, 'plugin.installed', target, by(actor), move)
      })
    } catch (error) {
      await change(app, (tx) => failUnfinished(tx, app, target, messageOf(error), by(actor)))
      throw error
    }
    return target.id
  })
}
