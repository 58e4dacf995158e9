import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import type { Target } from '../invocations/target.ts'
import { releaseLicense } from '../licenses/release-license.ts'
import { failInstallation } from './fail-installation.ts'
import { runHook } from './lifecycle-hooks.ts'
import { moveInstallation } from './lifecycle.ts'
import { noteDataVersion } from './migrate-data.ts'
import { removeData } from './remove-data.ts'
import { lockSite } from './site-lock.ts'
import { takeBack } from './tell-code.ts'
import { tellMove } from './tell-move.ts'
import { withStanding } from './with-standing.ts'

/** An installation whose code knows that it goes. */
interface Leaving {
  target: Target
  /** Its `onUninstall` was called and was well. */
  told: boolean
  /** What that threw, where it is no hindrance. */
  failure: string | null
}

/**
 * Uninstalls what does not run any more: their `onUninstall` is called in this order, then all of them are UNINSTALLED in one step.
 * Where a hook throws, all of them stay, and those that were told before are told the opposite: one that cannot be installed again is
 * FAILED. The caller has claimed them for `uninstall`.
 */
export async function removeTogether(
  app: App,
  actor: Actor,
  going: readonly Target[],
  { keepData, force }: { keepData: boolean; force: boolean },
): Promise<void> {
  const leaving: Leaving[] = []
  try {
    for (const target of going) leaving.push(await sayGoodbye(app, target, force))
    await change(app, async (tx) => {
      await lockSite(tx, going[0]!.siteId)
      await lockCounted(tx, going)
      for (const one of leaving) await remove(tx, app, actor, one, keepData)
    })
  } catch (error) {
    for (const { target, told } of leaving.toReversed()) if (told) await stay(app, actor, target)
    throw withStanding(error, going, 'stay, and do not run')
  }
}

/** What FAILED, or may not run any more, is not asked. */
async function sayGoodbye(app: App, target: Target, force: boolean): Promise<Leaving> {
  const { status } = await app.database.prisma.package.findUniqueOrThrow({
    where: { id: target.packageId },
    select: { status: true },
  })
  if (target.status === 'FAILED' || status !== 'APPROVED') return { target, told: false, failure: null }
  try {
    await runHook(app, target, 'onUninstall')
    return { target, told: true, failure: null }
  } catch (error) {
    if (!force || !(error instanceof UserError)) throw error
    return { target, told: false, failure: messageOf(error) }
  }
}

/** The rows in which installations are counted, in one order for all who change several. */
async function lockCounted(tx: Tx, going: readonly Target[]): Promise<void> {
  const packageIds = going.map(({ packageId }) => packageId)
  const pluginIds = going.map(({ pluginId }) => pluginId)
  await tx.$queryRaw`
    select 1 as held from package where id = any(${packageIds}::uuid[]) order by id for no key update`
  await tx.$queryRaw`
    select 1 as held from plugin where id = any(${pluginIds}::uuid[]) order by id for no key update`
}

async function remove(
  tx: Tx,
  app: App,
  actor: Actor,
  { target, failure }: Leaving,
  keepData: boolean,
): Promise<void> {
  const from = standing(target)
  const at = app.clock.now()
  await moveInstallation(tx, target.id, from, 'uninstall', {
    status: 'UNINSTALLED',
    uninstalledAt: at,
    failure,
  })
  const { licenseId } = await tx.installation.findUniqueOrThrow({
    where: { id: target.id },
    select: { licenseId: true },
  })
  if (licenseId !== null) await releaseLicense(tx, app, { licenseId, siteId: target.siteId })
  if (keepData) await noteDataVersion(tx, app, target)
  else await removeData(tx, target)
  const move = { from, to: 'UNINSTALLED', reason: failure, at } as const
  await tellMove(tx, 'plugin.uninstalled', target, by(actor), move, { keepData })
}

/** What was ACTIVE was deactivated before. */
function standing({ status }: Target): Target['status'] {
  return status === 'ACTIVE' ? 'INACTIVE' : status
}

/** It was told that it goes, and stays. */
async function stay(app: App, actor: Actor, target: Target): Promise<void> {
  const failure = await takeBack(app, target, 'onInstall')
  if (failure === null) return
  const failing = { from: standing(target), operation: 'uninstall', failure, mover: by(actor) } as const
  await failInstallation(app, target, failing)
}
