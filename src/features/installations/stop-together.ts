import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { UserError } from '../../lib/errors.ts'
import type { Target } from '../invocations/target.ts'
import { hearsItsEnd } from './enablement.ts'
import { failInstallation } from './fail-installation.ts'
import { runHook } from './lifecycle-hooks.ts'
import { lockSite } from './site-lock.ts'
import { moveToInactive } from './deactivate-installation.ts'
import { takeBack } from './tell-code.ts'
import { withStanding } from './with-standing.ts'

/**
 * Deactivates what is ACTIVE of installations that are to go: their `onDeactivate` is called in this order, then all of them are INACTIVE in
 * one step. Where a hook throws, all of them run on, and those that were told before are told the opposite. The caller has
 * claimed them for `uninstall`.
 */
export async function stopTogether(
  app: App,
  actor: Actor,
  going: readonly Target[],
  { force }: { force: boolean },
): Promise<void> {
  const active = going.filter(({ status }) => status === 'ACTIVE')
  const told: Target[] = []
  try {
    for (const target of active) {
      if (!(await hearsItsEnd(app.database.prisma, target.id, app.clock.now()))) continue
      await runHook(app, target, 'onDeactivate').catch((error: unknown) => {
        if (!force || !(error instanceof UserError)) throw error
      })
      told.push(target)
    }
    await change(app, async (tx) => {
      await lockSite(tx, going[0]!.siteId)
      for (const target of active) await moveToInactive(tx, app, actor, target, 'uninstall')
    })
  } catch (error) {
    for (const target of told.toReversed()) await runOn(app, actor, target)
    throw withStanding(error, going, 'are as they were')
  }
  // What still runs here would be ended amid `onUninstall`, in the same process.
  for (const { id, slug } of active) app.runtime.stop({ installation: id }, `${slug} is being uninstalled.`)
}

/** It was told that it does not run any more, and runs on. */
async function runOn(app: App, actor: Actor, target: Target): Promise<void> {
  const failure = await takeBack(app, target, 'onActivate')
  if (failure === null) return
  const failing = { from: 'ACTIVE', operation: 'uninstall', failure, mover: by(actor) } as const
  await failInstallation(app, target, failing)
}
