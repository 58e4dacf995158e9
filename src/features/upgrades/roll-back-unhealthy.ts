import type { App } from '../../app.ts'
import { by, SERVICE, type Actor } from '../../auth/actor.ts'
import { messageOf, UserError, UserErrors } from '../../lib/errors.ts'
import { whileClaimed } from '../installations/claim.ts'
import { failInstallation } from '../installations/fail-installation.ts'
import { withFreshPlan } from '../installations/with-fresh-plan.ts'
import { loadTarget } from '../invocations/target.ts'
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
    if (target === null) return
    const failure = `${told} It cannot go back: ${messageOf(error)}`
    await whileClaimed(app, target.id, 'rollback', async () => {
      await failInstallation(app, target, {
        from: 'ACTIVE',
        operation: 'rollback',
        failure,
        mover: by(actor),
      })
    })
  }
}
