import { change, type App } from '../../app.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import type { Target } from '../invocations/target.ts'
import type { Operation } from './claim.ts'
import { unscheduleJobs } from './job-schedules.ts'
import { checkMove, moveInstallation } from './lifecycle.ts'
import { lockSite } from './site-lock.ts'
import { tellMove, type Mover } from './tell-move.ts'

/** To FAILED with its reason; the caller has claimed it for `operation`. */
export async function failInstallation(
  app: App,
  target: Target,
  failing: { from: InstallationStatus; operation: Operation; failure: string; mover: Mover },
): Promise<void> {
  const { from, operation, failure, mover } = failing
  checkMove(from, 'FAILED')
  const at = app.clock.now()
  await change(app, async (tx) => {
    await lockSite(tx, target.siteId)
    const ended = from === 'ACTIVE' ? { deactivatedAt: at } : {}
    await moveInstallation(tx, target.id, from, operation, { status: 'FAILED', failure, ...ended })
    await unscheduleJobs(tx, target.id)
    await tellMove(tx, 'plugin.failed', target, mover, { from, to: 'FAILED', reason: failure, at })
  })
}
