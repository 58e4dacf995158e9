import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { takeLicense } from '../licenses/take-license.ts'
import { shareHalt } from './halt-lock.ts'
import { holdApproved } from './hold-approved.ts'
import { holdSwitches } from './hold-switches.ts'
import type { Plan, PlanStep } from './resolver/plan.ts'
import { lockSite } from './site-lock.ts'
import { readSiteState, requireSettled, requireUnchanged, type SiteState } from './site-state.ts'
import type { BegunStep } from './plan-steps.ts'

/** A plan that is to be carried out. */
export interface PlanOrder {
  site: { id: string; organizationId: string }
  plan: Plan
  /** What was at the site before the plan was made. */
  seen: SiteState
  /** The plugin that was asked for: the configuration is its own. */
  rootPluginId: string
  configuration: JsonObject
  /** What replaces the configuration of the plugin that was asked for where it is upgraded; else that is kept. */
  upgradeConfiguration?: JsonValue | undefined
  /** Of the plugin that was asked for. */
  licenseKey: string | undefined
  /** Let all of it run. */
  activate: boolean
  /** Keeps what is answered, by the installations of the steps, in the transaction that puts them in force. */
  settle?: (tx: Tx, installationIds: readonly string[]) => Promise<void>
}

/**
 * The first transaction of a plan: with the site locked, it is what the plan was made for; and all that is new is there,
 * INSTALLING, claimed by this process.
 *
 * @param claimed what of the site's is claimed for the plan
 * @throws {PlanStale} where the site has changed
 */
export async function beginPlan(
  tx: Tx,
  app: App,
  order: PlanOrder,
  claimed: ReadonlySet<string>,
): Promise<BegunStep[]> {
  const { site, plan, seen } = order
  await lockSite(tx, site.id)
  const changing = plan.steps.filter((step) => step.action !== 'KEEP').map((it) => it.candidate.packageId)
  const [now, packages] = [
    await readSiteState(tx, site.id),
    await tx.package.findMany({ where: { id: { in: changing } }, select: { id: true, manifest: true } }),
  ]
  const manifests = new Map(packages.map((row) => [row.id, row.manifest as unknown as Manifest]))
  requireUnchanged(seen, now, plan, manifests)
  requireSettled(now, plan, claimed)
  await holdApproved(tx, changing, { newly: true })
  await shareHalt(tx, site.organizationId)
  const pluginIds = plan.steps.map(({ candidate }) => candidate.pluginId)
  const switches = await holdSwitches(tx, site.organizationId, pluginIds)
  const begun: BegunStep[] = []
  for (const step of plan.steps) {
    const there = now.there.find((it) => it.pluginId === step.candidate.pluginId)
    if (there === undefined) begun.push(await createInstallation(tx, app, order, step, switches))
    else begun.push({ step, installationId: there.id, licenseId: null })
  }
  return begun
}

async function createInstallation(
  tx: Tx,
  app: App,
  { site, rootPluginId, configuration, licenseKey }: PlanOrder,
  step: PlanStep,
  switches: ReadonlyMap<string, boolean>,
): Promise<BegunStep> {
  const id = newId()
  const { pluginId, packageId } = step.candidate
  const { id: siteId, organizationId } = site
  const isRoot = pluginId === rootPluginId
  const taken = await takeLicense(tx, app, {
    pluginId,
    packageId,
    site,
    licenseKey: isRoot ? licenseKey : undefined,
  })
  await tx.installation.create({
    data: {
      id,
      organizationId,
      siteId,
      pluginId,
      packageId,
      status: 'INSTALLING',
      operation: 'install',
      processId: app.processId,
      organizationEnabled: switches.get(pluginId)!,
      configuration: isRoot ? configuration : {},
      ...taken,
      installedAt: app.clock.now(),
    },
    select: { id: true },
  })
  return { step, installationId: id, licenseId: taken?.licenseId ?? null }
}
