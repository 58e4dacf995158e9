import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { can, requireIn, requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { isUniqueViolation, type Tx } from '../../platform/database.ts'
import { activateInstallation } from './activate-installation.ts'
import { checkedConfiguration } from './checked-configuration.ts'
import { choosePackage } from './choose-package.ts'
import { holdApproved } from './hold-approved.ts'
import { planInstallation } from './plan-installation.ts'
import { requireSignatures } from '../packages/require-signatures.ts'
import { CURRENT } from './policy.ts'
import type { Plan, PlanStep } from './resolve-plan.ts'
import { upgradeInstallation } from './upgrade-installation.ts'

export interface InstallPluginInput {
  siteId: string
  packageId?: string | undefined
  pluginId?: string | undefined
  range?: string | undefined
  configuration?: JsonValue | undefined
  /** Activate it and its dependencies too. */
  activate?: boolean | undefined
}

export interface InstallPluginResult {
  installationId?: string
  /** All that is at the site now because of it, dependencies first. */
  installationIds: string[]
  plan?: Plan
  userErrors?: UserError[]
}

/**
 * Installs a package with what it needs at a site, all new rows in one transaction, and activates them where asked.
 * A plan that cannot be carried out is told with its conflicts, and nothing changes.
 */
export async function installPlugin(
  app: App,
  actor: Actor,
  input: InstallPluginInput,
): Promise<InstallPluginResult> {
  const site = await manageableSite(app, actor, input.siteId)
  const chosen = await choosePackage(app, actor, input, site)
  const plan = await planInstallation(app, site, chosen.id)
  if (plan.conflicts.length > 0) return { installationIds: [], plan, userErrors: [refusalOf(plan)] }
  const rootStep = plan.steps.at(-1)!
  if (rootStep.action !== 'INSTALL') throw alreadyThere(chosen.slug, rootStep)
  const changed = plan.steps.filter((step) => step.action !== 'KEEP')
  await requireSignatures(
    app,
    site.organizationId,
    changed.map((step) => step.candidate.packageId),
  )
  const configuration = await checkedConfiguration(
    app,
    { packageId: chosen.id, organizationId: site.organizationId },
    input.configuration ?? {},
  )

  for (const step of plan.steps.slice(0, -1).filter((it) => it.action === 'UPGRADE')) {
    await upgradeCurrent(app, actor, site.id, step)
  }
  await createAll(app, actor, site, plan, configuration)
  const installationIds = await currentIds(app, site.id, plan)
  const installationId = installationIds.at(-1)!
  if (input.activate) {
    for (const id of installationIds) await activateInstallation(app, actor, id, { unlessActive: true })
  }
  return { installationId, installationIds, plan }
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
  const conflict = plan.conflicts[0]!
  const code = conflict.kind === 'HOST_INCOMPATIBLE' ? 'HOST_INCOMPATIBLE' : 'DEPENDENCY_CONFLICT'
  return new UserError(code, conflict.message)
}

function alreadyThere(slug: string, step: PlanStep): UserError {
  const advice =
    step.action === 'KEEP' ? 'Nothing is to be done.' : 'Take it there by a deployment, which upgrades it.'
  return new UserError('ALREADY_EXISTS', `${slug} is installed at this site already. ${advice}`, ['siteId'])
}

async function upgradeCurrent(app: App, actor: Actor, siteId: string, step: PlanStep): Promise<void> {
  const current = await app.database.prisma.installation.findFirstOrThrow({
    where: { siteId, pluginId: step.candidate.pluginId, AND: [CURRENT] },
    select: { id: true },
  })
  await upgradeInstallation(app, actor, { installationId: current.id, packageId: step.candidate.packageId })
}

async function createAll(
  app: App,
  actor: Actor,
  site: { id: string; organizationId: string },
  plan: Plan,
  configuration: JsonObject,
): Promise<void> {
  const root = plan.steps.at(-1)!
  try {
    await change(app, async (tx) => {
      const newly = plan.steps.filter((it) => it.action === 'INSTALL')
      await holdApproved(
        tx,
        newly.map((step) => step.candidate.packageId),
        { newly: true },
      )
      for (const step of newly) {
        await createInstallation(tx, app, actor, site, step, step === root ? configuration : {})
      }
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new UserError(
      'ALREADY_EXISTS',
      `${root.candidate.slug} or what it needs was just installed at this site by somebody else.`,
      ['siteId'],
    )
  }
}

async function createInstallation(
  tx: Tx,
  app: App,
  actor: Actor,
  site: { id: string; organizationId: string },
  step: PlanStep,
  configuration: JsonObject,
): Promise<void> {
  const id = newId()
  const at = app.clock.now()
  const { pluginId, packageId, slug, version } = step.candidate
  await tx.installation.create({
    data: {
      id,
      organizationId: site.organizationId,
      siteId: site.id,
      pluginId,
      packageId,
      status: 'INSTALLED',
      configuration,
      installedAt: at,
    },
    select: { id: true },
  })
  await record(
    tx,
    'plugin.installed',
    { slug, version, previousStatus: null, status: 'INSTALLED', reason: null },
    { organizationId: site.organizationId, siteId: site.id, subjectId: id, ...by(actor), at },
  )
}

async function currentIds(app: App, siteId: string, plan: Plan): Promise<string[]> {
  const rows = await app.database.prisma.installation.findMany({
    where: { siteId, pluginId: { in: plan.steps.map((step) => step.candidate.pluginId) }, AND: [CURRENT] },
    select: { id: true, pluginId: true },
  })
  const byPlugin = new Map(rows.map((row) => [row.pluginId, row.id]))
  return plan.steps.flatMap((step) => byPlugin.get(step.candidate.pluginId) ?? [])
}
