import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { UserError } from '../../lib/errors.ts'
import { loadTargets, type Target } from '../invocations/target.ts'
import { manageableTarget } from './activate-installation.ts'
import { unscheduleJobs } from './job-schedules.ts'
import { checkMove, moveInstallation } from './lifecycle.ts'
import { running } from './policy.ts'

/** Stops an installation: no handler is called and no job runs any more. HAS_DEPENDENTS where others need it. */
export async function deactivateInstallation(
  app: App,
  actor: Actor,
  installationId: string,
): Promise<string> {
  const target = await manageableTarget(app, actor, installationId)
  checkMove(target.status, 'INACTIVE')
  await checkDependents(app, target)
  const at = app.clock.now()
  await change(app, async (tx) => {
    await moveInstallation(tx, target.id, target.status, { status: 'INACTIVE', deactivatedAt: at })
    await unscheduleJobs(tx, target.id)
    const { slug, version, organizationId, siteId, status: previousStatus } = target
    await record(
      tx,
      'plugin.disabled',
      { slug, version, previousStatus, status: 'INACTIVE', reason: null },
      { organizationId, siteId, subjectId: target.id, ...by(actor), at },
    )
  })
  return target.id
}

async function checkDependents(app: App, target: Target): Promise<void> {
  const active = await loadTargets(app, { siteId: target.siteId, AND: [running(app.clock.now())] })
  const dependents = active.filter((other) => target.slug in other.manifest.dependencies)
  if (dependents.length === 0) return
  const names = dependents.map((other) => other.slug).join(', ')
  throw new UserError('HAS_DEPENDENTS', `${names} at this site need ${target.slug}: deactivate them first.`)
}
