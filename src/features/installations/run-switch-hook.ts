import type { App } from '../../app.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import { loadTarget } from '../invocations/target.ts'
import { whileClaimed } from './claim.ts'
import { hookDue } from './enablement.ts'
import { failInstallation } from './fail-installation.ts'
import { runHook } from './lifecycle-hooks.ts'

/**
 * Calls the hook of an installation that a switch let run, or stopped, where its code has not heard of that yet. What onDeactivate
 * throws is told in `failure` and stops nothing; what cannot be activated is FAILED. Where somebody changes the installation just now,
 * the queue tries again (CONFLICT).
 */
export async function runSwitchHook(
  app: App,
  { installationId: id }: { installationId: string },
): Promise<void> {
  const due = async () => await hookDue(app.database.prisma, id, app.clock.now())
  if ((await due()) === null) return
  await whileClaimed(app, id, 'activate', async () => {
    // Whoever turned a switch meanwhile, and has found the code told as he wants it, has left the rest to this.
    for (let hook = await due(); hook !== null; hook = await due()) await tell(app, id, hook)
  })
}

async function tell(app: App, id: string, hook: 'onActivate' | 'onDeactivate'): Promise<void> {
  const target = await loadTarget(app, { id })
  if (target === null) return
  let reason: string | null = null
  try {
    await runHook(app, target, hook)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const failure = messageOf(error)
    app.log.warn({ installation: id, hook, reason: failure }, 'a hook of a switched plugin failed')
    if (hook === 'onActivate') {
      const mover = { actorId: null, requestId: null }
      await failInstallation(app, target, { from: 'ACTIVE', operation: 'activate', failure, mover })
      return
    }
    reason = failure
  }
  const data = { toldActive: hook === 'onActivate', failure: reason }
  await app.database.prisma.installation.updateMany({ where: { id, status: 'ACTIVE' }, data })
}
