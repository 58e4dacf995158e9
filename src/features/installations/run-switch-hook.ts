import { change, type App } from '../../app.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { whileClaimed } from './claim.ts'
import { unscheduleJobs } from './job-schedules.ts'
import { moveInstallation } from './lifecycle.ts'
import { runHook } from './lifecycle-hooks.ts'
import { running } from './policy.ts'
import { tellMove } from './tell-move.ts'

/**
 * Calls the hook of an installation that a switch let run, or stopped, where that still holds. What onDeactivate throws is
 * told in `failure` and stops nothing; what cannot be activated is FAILED. Where somebody changes the installation just now, the
 * queue tries again (CONFLICT).
 */
export async function runSwitchHook(
  app: App,
  { installationId, hook }: { installationId: string; hook: 'onActivate' | 'onDeactivate' },
): Promise<void> {
  if ((await runsNow(app, installationId)) !== (hook === 'onActivate')) return
  await whileClaimed(app, installationId, 'activate', async () => {
    if ((await runsNow(app, installationId)) !== (hook === 'onActivate')) return
    const target = await loadTarget(app, { id: installationId, status: 'ACTIVE' })
    if (target !== null) await runOn(app, target, hook)
  })
}

async function runsNow(app: App, id: string): Promise<boolean> {
  const where = { id, AND: [running(app.clock.now())] }
  return (await app.database.prisma.installation.count({ where })) > 0
}

async function runOn(app: App, target: Target, hook: 'onActivate' | 'onDeactivate'): Promise<void> {
  try {
    await runHook(app, target, hook)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    app.log.warn(
      { installation: target.id, hook, reason: messageOf(error) },
      'a hook of a switched plugin failed',
    )
    if (hook === 'onActivate') await fail(app, target, messageOf(error))
  }
}

async function fail(app: App, target: Target, failure: string): Promise<void> {
  const at = app.clock.now()
  await change(app, async (tx) => {
    await moveInstallation(tx, target.id, 'ACTIVE', 'activate', {
      status: 'FAILED',
      failure,
      deactivatedAt: at,
    })
    await unscheduleJobs(tx, target.id)
    const nobody = { actorId: null, requestId: null }
    await tellMove(tx, 'plugin.failed', target, nobody, { from: 'ACTIVE', to: 'FAILED', reason: failure, at })
  })
}
