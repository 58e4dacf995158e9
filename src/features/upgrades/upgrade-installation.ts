import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { UserError } from '../../lib/errors.ts'
import type { JsonValue } from '../../lib/json.ts'
import { manageableTarget } from '../installations/activate-installation.ts'
import { carryOutPlan } from '../installations/carry-out-plan.ts'
import { checkPlanSecrets } from '../installations/check-plan-secrets.ts'
import { installablePackage } from '../installations/choose-package.ts'
import { findUpdates } from '../installations/find-updates.ts'
import { refusalOf } from '../installations/install-plugin.ts'
import { checkInForce } from '../installations/lifecycle.ts'
import { planInstallation } from '../installations/plan-installation.ts'
import { checkStep, upgradedConfiguration } from '../installations/prepare-upgrade.ts'
import { readSiteState } from '../installations/site-state.ts'
import { withFreshPlan } from '../installations/with-fresh-plan.ts'
import type { Target } from '../invocations/target.ts'
import { requireSignatures } from '../packages/require-signatures.ts'
import { requireHealthy } from './require-healthy.ts'

export interface UpgradeInstallationInput {
  installationId: string
  /** Left out: its `availableUpdate`. */
  packageId?: string | undefined
  /** Replaces the configuration; it is kept where left out. */
  configuration?: JsonValue | undefined
  /** Run it afterwards also where it does not run now. */
  activate?: boolean | undefined
}

/**
 * Puts a higher version in the place of an installation, with what that needs at the site: a plan, carried out in one go.
 * At every moment one of the two versions is in force. Afterwards the plugin is asked for its health, and where it is
 * unhealthy the former version is put back at once. Returns the new installation's id.
 */
export async function upgradeInstallation(
  app: App,
  actor: Actor,
  input: UpgradeInstallationInput,
): Promise<string> {
  const installationId = await withFreshPlan(() => carryOut(app, actor, input))
  await requireHealthy(app, actor, installationId)
  return installationId
}

async function carryOut(app: App, actor: Actor, input: UpgradeInstallationInput): Promise<string> {
  const { prisma } = app.database
  const old = await manageableTarget(app, actor, input.installationId)
  await checkInForce(prisma, old.id)
  const seen = await readSiteState(prisma, old.siteId)
  const site = { id: old.siteId, organizationId: old.organizationId, hostVersion: seen.hostVersion }
  const next = await installablePackage(app, actor, input.packageId ?? (await updateOf(app, actor, old)), [
    site,
  ])
  checkStep(old, next)
  const plan = await planInstallation(app, site, next.id)
  if (plan.conflicts.length > 0) throw refusalOf(plan)
  const changing = plan.steps.filter((step) => step.action !== 'KEEP').map((it) => it.candidate.packageId)
  await requireSignatures(app, site.organizationId, changing)
  await upgradedConfiguration(app, old, next, input.configuration)
  const activate = old.status === 'ACTIVE' || input.activate === true
  if (activate) await checkPlanSecrets(app, site, plan)
  const at = plan.steps.findIndex((step) => step.candidate.pluginId === old.pluginId)
  const installationIds = await carryOutPlan(app, actor, {
    site,
    plan,
    seen,
    rootPluginId: old.pluginId,
    configuration: {},
    upgradeConfiguration: input.configuration,
    licenseKey: undefined,
    activate,
    // Its health may yet refuse it.
    settle: async (tx, ids) =>
      await actor.trail?.attempt?.settle(tx, { installationId: ids[at] }, { final: false }),
  })
  return installationIds[at]!
}

async function updateOf(app: App, actor: Actor, old: Target): Promise<string> {
  const [packageId] = await findUpdates(app, actor, [old])
  if (packageId !== null && packageId !== undefined) return packageId
  const message = `There is no version of ${old.slug} above ${old.version} that this site can have.`
  throw new UserError('NOT_FOUND', message, ['installationId'])
}
