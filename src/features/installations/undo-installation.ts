import type { App } from '../../app.ts'
import type { Tx } from '../../platform/database.ts'
import { releaseLicense } from '../licenses/release-license.ts'
import { tellMove, type Mover, type Told } from './tell-move.ts'

/** An installation that never came to be INSTALLED. */
export interface Unfinished extends Told {
  licenseId: string | null
}

/**
 * Takes back an installation that did not get further than INSTALLING: it is FAILED with the reason, and UNINSTALLED at
 * once. What the plugin has kept at the site from an earlier time stays. Does nothing where somebody else did it before.
 */
export async function undoInstallation(
  tx: Tx,
  app: App,
  unfinished: Unfinished,
  reason: string,
  mover: Mover,
): Promise<void> {
  if (!(await failUnfinished(tx, app, unfinished, reason, mover))) return
  const { licenseId, siteId } = unfinished
  const at = app.clock.now()
  await tx.installation.updateMany({
    where: { id: unfinished.id, status: 'FAILED' },
    data: { status: 'UNINSTALLED', operation: null, uninstalledAt: at },
  })
  if (licenseId !== null) await releaseLicense(tx, app, { licenseId, siteId })
  const move = { from: 'FAILED', to: 'UNINSTALLED', reason, at } as const
  await tellMove(tx, 'plugin.uninstalled', unfinished, mover, move, { keepData: true })
}

/** INSTALLING → FAILED with its reason. Says whether it was this call that did it. */
export async function failUnfinished(
  tx: Tx,
  app: App,
  unfinished: Told,
  reason: string,
  mover: Mover,
): Promise<boolean> {
  const failed = await tx.installation.updateMany({
    where: { id: unfinished.id, status: 'INSTALLING' },
    data: { status: 'FAILED', failure: reason },
  })
  if (failed.count === 0) return false
  const move = { from: 'INSTALLING', to: 'FAILED', reason, at: app.clock.now() } as const
  await tellMove(tx, 'plugin.failed', unfinished, mover, move)
  return true
}
