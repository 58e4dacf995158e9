import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'
import { inDependencyOrder, type Target } from '../invocations/target.ts'
import { manageableTarget, reload } from './activate-installation.ts'
import { whileAllClaimed } from './claim.ts'
import { dependentsOf, hasDependents } from './dependents.ts'
import { checkInForce, checkMove } from './lifecycle.ts'
import { removeTogether } from './remove-together.ts'
import { lockSite } from './site-lock.ts'
import { stopTogether } from './stop-together.ts'

/** How far an uninstallation goes. */
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
 * others need it, unless they are to go too; then all of them are deactivated in one step, and go in another, those that need others
 * first. A hook that throws ends it before the step that it belongs to, and those that were told before are told the opposite.
 */
export async function uninstallInstallation(app: App, actor: Actor, input: UninstallInput): Promise<string> {
  const seen = await manageableTarget(app, actor, input.installationId)
  await checkInForce(app.database.prisma, seen.id)
  checkUninstallable(seen.status)
  const found = await withDependents(app, seen)
  if (found.length > 1 && !input.cascade) {
    const dependents = await dependentsOf(app.database.prisma, app, seen, 'there')
    throw hasDependents(dependents, seen.slug, 'uninstall them first, or set `cascade`')
  }
  const ids = found.map(({ id }) => id)
  await whileAllClaimed(app, ids, 'uninstall', async () => {
    await inTransaction(app.database.prisma, (tx) => checkNobodyElse(tx, app, seen.siteId, found))
    const going: Target[] = []
    for (const id of ids) going.push(await reload(app, id))
    for (const { status } of going) checkUninstallable(status)
    await stopTogether(app, actor, going, input)
    await removeTogether(app, actor, going, input)
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
