import { change, type App } from '../../app.ts'
import { by, SERVICE, type Actor } from '../../auth/actor.ts'
import { messageOf, UserError, UserErrors } from '../../lib/errors.ts'
import { whileClaimed } from '../installations/claim.ts'
import { unscheduleJobs } from '../installations/job-schedules.ts'
import { moveInstallation } from '../installations/lifecycle.ts'
import { lockSite } from '../installations/site-lock.ts'
import { tellMove } from '../installations/tell-move.ts'
import { withFreshPlan } from '../installations/with-fresh-plan.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { rollBack } from './roll-back.ts'

/**
 * Puts the former version of an upgraded plugin back that turned out to be unhealthy; nothing where that was done already, or
 * it does not run any more. Where there is no way back, it is FAILED with both reasons. Throws what passes (CONFLICT): the
 * queue calls it again.
 */
export async function rollBackUnhealthy(
  app: App,
  { installationId, reason }: { installationId: string; reason: string },
  actor: Actor = SERVICE,
): Promise<void> {
  const onProbation = { status: 'ACTIVE', supersededById: null, probationEndsAt: { not: null } } as const
  const told = `It was unhealthy after its upgrade: ${reason}`
  try {
    await withFreshPlan(async () => {
      const target = await loadTarget(app, { id: installationId, ...onProbation })
      if (target !== null) await rollBack(app, actor, target, { reason: told })
    })
  } catch (error) {
    if (!(error instanceof UserError || error instanceof UserErrors)) throw error
    if (error instanceof UserError && error.code === 'PLAN_STALE') throw error
    const target = await loadTarget(app, { id: installationId, ...onProbation })
    if (target !== null) await fail(app, actor, target, `${told} It cannot go back: ${messageOf(error)}`)
  }
}

async function fail(app: App, actor: Actor, target: Target, failure: string): Promise<void> {
  await whileClaimed(app, target.id, 'rollback', async () => {
    const at = app.clock.now()
    await change(app, async (tx) => {
      await lockSite(tx, target.siteId)
      const failed = { status: 'FAILED', failure, deactivatedAt: at } as const
      await moveInstallation(tx, target.id, 'ACTIVE', 'rollback', failed)
      await unscheduleJobs(tx, target.id)
      const move = { from: 'ACTIVE', to: 'FAILED', reason: failure, at } as const
      await tellMove(tx, 'plugin.failed', target, by(actor), move)
    })
  })
}
