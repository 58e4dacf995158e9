import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { UserError } from '../../lib/errors.ts'
import { manageableTarget } from '../installations/activate-installation.ts'
import { checkInForce } from '../installations/lifecycle.ts'
import { withFreshPlan } from '../installations/with-fresh-plan.ts'
import { rollBack } from './roll-back.ts'

/**
 * Puts the version that was in force before back into force, with the configuration that it had; again, the one before that.
 * What was ACTIVE is so afterwards; all else is INSTALLED. A version that was yanked since may come back, a revoked one not.
 * Returns the new installation's id.
 */
export async function rollbackInstallation(app: App, actor: Actor, installationId: string): Promise<string> {
  return await withFreshPlan(async () => {
    const target = await manageableTarget(app, actor, installationId)
    await checkInForce(app.database.prisma, target.id)
    if (target.status === 'INSTALLING' || target.status === 'UNINSTALLED') {
      const message = `The installation is ${target.status}: there is nothing to take back.`
      throw new UserError('INVALID_STATE', message, ['installationId'])
    }
    return await rollBack(app, actor, target, { reason: null })
  })
}
