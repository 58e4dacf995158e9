import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import type { BegunStep, PreparedStep } from './plan-steps.ts'
import { migrateBack } from './migrate-data.ts'
import { takeBack } from './tell-code.ts'
import { undoInstallation } from './undo-installation.ts'
import { abandonUpgrade } from './prepare-upgrade.ts'

/**
 * Takes back what was begun of a plan, the last first: plugins whose hooks were called are told so by the opposite ones,
 * upgrades are given up, and what was new is UNINSTALLED with the reason. What fails here is logged: it holds up nothing.
 */
export async function undoPlan(
  app: App,
  actor: Actor,
  begun: readonly BegunStep[],
  prepared: readonly PreparedStep[],
  reason: string,
): Promise<void> {
  const created = begun.filter((it) => it.step.action === 'INSTALL')
  const brokenOff = await wasBrokenOff(app, created)
  for (const { target, activated, installed, dataVersion, upgrade } of prepared.toReversed()) {
    if (upgrade !== null) await abandonUpgrade(app, upgrade, reason)
    if (brokenOff) continue
    if (activated) await takeBack(app, target, 'onDeactivate')
    if (installed) await takeBack(app, target, 'onUninstall')
    if (dataVersion !== null) await migrateBack(app, target, dataVersion)
  }
  const culprit = prepared.at(-1)?.installationId
  await change(app, async (tx) => {
    for (const { installationId: id, step, licenseId } of created.toReversed()) {
      const row = await tx.installation.findUniqueOrThrow({
        where: { id },
        select: { organizationId: true, siteId: true, pluginId: true },
      })
      const { slug, version } = step.candidate
      const why = id === culprit ? reason : `Undone with the rest of its plan: ${reason}`
      await undoInstallation(tx, app, { id, ...row, slug, version, licenseId }, why, by(actor))
    }
  })
}

/** The emergency switch came between: no code is asked any more. */
async function wasBrokenOff(app: App, created: readonly BegunStep[]): Promise<boolean> {
  const ids = created.map((it) => it.installationId)
  const held = await app.database.prisma.installation.count({
    where: { id: { in: ids }, operation: 'install' },
  })
  return held < ids.length
}
