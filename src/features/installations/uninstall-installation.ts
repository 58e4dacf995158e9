import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'
import { inDependencyOrder, type Target } from '../invocations/target.ts'
import { releaseLicense } from '../licenses/release-license.ts'
import { manageableTarget, reload } from './activate-installation.ts'
import { whileAllClaimed } from './claim.ts'
import { stopRunning } from './deactivate-installation.ts'
import { dependentsOf, hasDependents } from './dependents.ts'
import { runHook } from './lifecycle-hooks.ts'
import { checkInForce, checkMove, moveInstallation } from './lifecycle.ts'
import { noteDataVersion } from './migrate-data.ts'
import { removeData } from './remove-data.ts'
import { lockSite } from './site-lock.ts'
import { tellMove } from './tell-move.ts'

export interface UninstallInput {
  installationId: string
  /** Uninstall what depends on it as well, that first. */
  cascade: boolean
  /** Keep its files, collections and secrets for a later install. */
  keepData: boolean
  /** Go on where a hook of the plugin fails. */
  force: boolean
}

/**
 * Takes a plugin from its site: what is ACTIVE is deactivated first, then `onUninstall` is called. HAS_DEPENDENTS where
 * others need it, unless they are to go too; those go first, each by itself, so that one whose hook fails ends it there:
 * what went before it is gone. A hook that throws leaves the state that it was called in.
 */
export async function uninstallInstallation(app: App, actor: Actor, input: UninstallInput): Promise<string> {
  const seen = await manageableTarget(app, actor, input.installationId)
  await checkInForce(app.database.prisma, seen.id)
  checkUninstallable(seen.status)
  const going = await withDependents(app, seen)
  if (going.length > 1 && !input.cascade) {
    const dependents = await dependentsOf(app.database.prisma, app, seen, 'there')
    throw hasDependents(dependents, seen.slug, 'uninstall them first, or set `cascade`')
  }
  const ids = going.map(({ id }) => id)
  await whileAllClaimed(app, ids, 'uninstall', async () => {
    await inTransaction(app.database.prisma, (tx) => checkNobodyElse(tx, app, seen.siteId, going))
    for (const id of ids) await uninstallOne(app, actor, await reload(app, id), input)
  })
  return seen.id
}

function checkUninstallable(status: InstallationStatus): void {
  checkMove(status === 'ACTIVE' ? 'INACTIVE' : status, 'UNINSTALLED')
}

/** It and all that needs it, directly or not, in the order in which they go. */
async function withDependents(app: App, target: Target): Promise<Target[]> {
  const found = new Map([[target.id, target]])
  for (const one of found.values()) {
    for (const { id } of await dependentsOf(app.database.prisma, app, one, 'there')) {
      if (!found.has(id)) found.set(id, await reload(app, id))
    }
  }
  return inDependencyOrder([...found.values()]).reverse()
}

/** With the claims set, whoever would install what needs these either is seen here, or sees them going. */
async function checkNobodyElse(tx: Tx, app: App, siteId: string, going: readonly Target[]): Promise<void> {
  await lockSite(tx, siteId)
  for (const one of going) {
    const dependents = await dependentsOf(tx, app, one, 'there')
    const others = dependents.filter(({ id }) => !going.some((it) => it.id === id))
    if (others.length > 0) throw hasDependents(others, one.slug, 'they have just come, read again')
  }
}

async function uninstallOne(app: App, actor: Actor, target: Target, input: UninstallInput): Promise<void> {
  checkUninstallable(target.status)
  const wasActive = target.status === 'ACTIVE'
  if (wasActive) {
    await stopRunning(app, actor, target, 'uninstall', { whateverTheHook: input.force })
    // What still runs here would be ended amid `onUninstall`, in the same process.
    app.runtime.stop({ installation: target.id }, `${target.slug} is being uninstalled.`)
  }
  const failure = await sayGoodbye(app, target, input.force)
  const from = wasActive ? 'INACTIVE' : target.status
  const at = app.clock.now()
  await change(app, async (tx) => {
    await lockSite(tx, target.siteId)
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
    if (input.keepData) await noteDataVersion(tx, app, target)
    else await removeData(tx, target)
    const move = { from, to: 'UNINSTALLED', reason: failure, at } as const
    await tellMove(tx, 'plugin.uninstalled', target, by(actor), move, { keepData: input.keepData })
  })
}

/** What FAILED, or may not run any more, is not asked. Returns what the hook threw where that is no hindrance. */
async function sayGoodbye(app: App, target: Target, force: boolean): Promise<string | null> {
  const { status } = await app.database.prisma.package.findUniqueOrThrow({
    where: { id: target.packageId },
    select: { status: true },
  })
  if (target.status === 'FAILED' || status !== 'APPROVED') return null
  try {
    await runHook(app, target, 'onUninstall')
    return null
  } catch (error) {
    if (!force || !(error instanceof UserError)) throw error
    return messageOf(error)
  }
}
