import semver from 'semver'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, requireIn, requireKnown } from '../../auth/authorize.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import type { JsonValue } from '../../lib/json.ts'
import { requireSignatures } from '../packages/require-signatures.ts'
import { carryOutPlan } from './carry-out-plan.ts'
import { checkPlanSecrets } from './check-plan-secrets.ts'
import { checkedConfiguration } from './checked-configuration.ts'
import { choosePackage, type ChosenPackage } from './choose-package.ts'
import { planInstallation } from './plan-installation.ts'
import type { Plan, PlanStep } from './resolver/plan.ts'
import { readSiteState, type SiteState } from './site-state.ts'
import { withFreshPlan } from './with-fresh-plan.ts'

/** What is to be installed where: a package, or a plugin with a range. */
export interface InstallPluginInput {
  siteId: string
  packageId?: string | undefined
  pluginId?: string | undefined
  range?: string | undefined
  configuration?: JsonValue | undefined
  /** Install optional dependencies too, where that is possible. */
  includeOptional?: boolean | undefined
  /** Activate it and its dependencies too. */
  activate?: boolean | undefined
  /** By which it is to run; else the best licence of the site or organization is taken, where it needs one. */
  licenseKey?: string | undefined
}

/** What was installed; the plan is there also where it was refused. */
export interface InstallPluginResult {
  installationId?: string
  /** All that is at the site now because of it, dependencies first. */
  installationIds: string[]
  plan?: Plan
  userErrors?: UserError[]
}

/**
 * Installs a package with what it needs at a site, and activates all of it where asked: in one go, so that where any of it
 * fails, all of it is undone. A plan that cannot be carried out is told with its conflicts, and nothing changes.
 */
export async function installPlugin(
  app: App,
  actor: Actor,
  input: InstallPluginInput,
): Promise<InstallPluginResult> {
  const site = await manageableSite(app, actor, input.siteId)
  return await withFreshPlan(() => attemptInstall(app, actor, input, site))
}

async function attemptInstall(
  app: App,
  actor: Actor,
  input: InstallPluginInput,
  site: { id: string; organizationId: string; hostVersion: string },
): Promise<InstallPluginResult> {
  const seen = await readSiteState(app.database.prisma, site.id)
  const chosen = await choosePackage(app, actor, input, site)
  requireNoDowngrade(chosen, seen)
  const { includeOptional } = input
  const present = { ...site, hostVersion: seen.hostVersion }
  const plan = await planInstallation(app, present, chosen.id, { includeOptional })
  if (plan.conflicts.length > 0) return { installationIds: [], plan, userErrors: [refusalOf(plan)] }
  const root = plan.steps.find((step) => step.candidate.pluginId === chosen.pluginId)!
  if (root.action !== 'INSTALL') throw alreadyThere(chosen.slug, root, seen)
  const changing = plan.steps.filter((step) => step.action !== 'KEEP').map((it) => it.candidate.packageId)
  await requireSignatures(app, site.organizationId, changing)
  const configuration = await checkedConfiguration(
    app,
    { packageId: chosen.id, organizationId: site.organizationId },
    input.configuration ?? {},
  )
  const activate = input.activate ?? false
  if (activate) await checkPlanSecrets(app, site, plan)
  const { licenseKey } = input
  const resultOf = (ids: readonly string[]): InstallPluginResult => ({
    installationId: ids[plan.steps.indexOf(root)]!,
    installationIds: [...ids],
    plan,
  })
  const installationIds = await carryOutPlan(app, actor, {
    site,
    plan,
    seen,
    rootPluginId: chosen.pluginId,
    configuration,
    licenseKey,
    activate,
    settle: async (tx, ids) => await actor.trail?.attempt?.settle(tx, resultOf(ids)),
  })
  return resultOf(installationIds)
}

/** A site at which the actor may install; NOT_FOUND where he may not see it. */
export async function manageableSite(
  app: App,
  actor: Actor,
  siteId: string,
): Promise<{ id: string; organizationId: string; hostVersion: string }> {
  requireKnown(actor)
  const site = await app.database.prisma.site.findUnique({
    where: { id: siteId },
    select: { id: true, organizationId: true, hostVersion: true },
  })
  if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
  requireIn(actor, 'installations:manage', site.organizationId, 'site')
  return site
}

/** The UserError of a plan that cannot be carried out; the plan in the payload tells the rest. */
export function refusalOf(plan: Plan): UserError {
  const { kind, message } = plan.conflicts[0]!
  const isOfItsOwn = kind === 'HOST_INCOMPATIBLE' || kind === 'CONTRIBUTION_CONFLICT'
  return new UserError(isOfItsOwn ? kind : 'DEPENDENCY_CONFLICT', message)
}

/** Back to an older version leads only a rollback. */
function requireNoDowngrade({ pluginId, version, slug }: ChosenPackage, { there }: SiteState): void {
  const installed = there.find((it) => it.pluginId === pluginId && it.status !== 'FAILED')?.manifest.version
  if (installed === undefined || semver.gte(version, installed)) return
  const message = `${slug} ${version} is older than ${installed}, which is installed: rollbackInstallation goes back.`
  throw new UserError('DOWNGRADE', message, ['siteId'])
}

function alreadyThere(slug: string, step: PlanStep, { there }: SiteState): UserError {
  const failed = there.some((it) => it.slug === slug && it.status === 'FAILED')
  const advice = failed
    ? 'It is FAILED: retry or uninstall it.'
    : step.action === 'KEEP'
      ? 'Nothing is to be done.'
      : 'Take it there by upgradeInstallation.'
  return new UserError('ALREADY_EXISTS', `${slug} is installed at this site already. ${advice}`, ['siteId'])
}
