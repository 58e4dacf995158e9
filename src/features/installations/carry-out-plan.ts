import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { messageOf } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { isUniqueViolation, type Tx } from '../../platform/database.ts'
import type { Target } from '../invocations/target.ts'
import { requireLicensed } from '../licenses/require-licensed.ts'
import { reviseLevel } from '../settings/change-level.ts'
import { alignCollections } from '../collections/align-collections.ts'
import { makeActive, reload } from './activate-installation.ts'
import { beginPlan, type PlanOrder } from './begin-plan.ts'
import type { BegunStep, PreparedStep } from './plan-steps.ts'
import { whileAllClaimed } from './claim.ts'
import { wouldRun } from './enablement.ts'
import { holdApproved } from './hold-approved.ts'
import { runHook } from './lifecycle-hooks.ts'
import { moveInstallation } from './lifecycle.ts'
import { migrateKeptData } from './migrate-data.ts'
import { requireAsTold, type Beginning } from './require-as-told.ts'
import { lockSite } from './site-lock.ts'
import { PlanStale } from './site-state.ts'
import { tellMove } from './tell-move.ts'
import { undoPlan } from './undo-plan.ts'
import { commitUpgrade, prepareUpgrade } from './prepare-upgrade.ts'

/**
 * Carries out a plan in one go. What is new is INSTALLING while the hooks of the plugins run in dependency order and
 * upgrades are tried beside what they replace; then one transaction puts all of it in force. Where anything fails before
 * that, all of it is undone. Returns the installations of the steps, in their order.
 *
 * @throws {PlanStale} where the site has changed since the plan was made; nothing was done
 */
export async function carryOutPlan(app: App, actor: Actor, order: PlanOrder): Promise<string[]> {
  const [upgraded, activated] = claimsOf(order)
  return await whileAllClaimed(app, upgraded, 'upgrade', () =>
    whileAllClaimed(app, activated, 'activate', async () => {
      const begun = await begin(app, order, new Set([...upgraded, ...activated]))
      const prepared: PreparedStep[] = []
      try {
        for (const one of begun) await prepareStep(app, actor, order, one, prepared)
        await change(app, async (tx) => {
          await putInForce(tx, app, actor, order, prepared)
          await order.settle?.(tx, prepared.map(toId))
        })
      } catch (error) {
        await undoPlan(app, actor, begun, prepared, messageOf(error)).catch((failure: unknown) => {
          const installations = begun.map((it) => it.installationId)
          app.log.error({ installations, reason: messageOf(failure) }, 'a plan could not be undone')
        })
        throw error
      }
      return prepared.map(toId)
    }),
  )
}

function toId({ upgrade, installationId }: PreparedStep): string {
  return upgrade?.candidate.id ?? installationId
}

async function begin(app: App, order: PlanOrder, claimed: ReadonlySet<string>): Promise<BegunStep[]> {
  try {
    return await change(app, (tx) => beginPlan(tx, app, order, claimed))
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new PlanStale('Somebody else has just installed a part of it.')
  }
}

/** Of what is there: what is upgraded, and what is to run and does not yet. */
function claimsOf({ plan, seen, activate }: PlanOrder): [string[], string[]] {
  const of = (action: string) =>
    plan.steps
      .filter((step) => step.action === action)
      .flatMap((step) => seen.there.filter((it) => it.pluginId === step.candidate.pluginId))
  const idle = activate ? of('KEEP').filter(({ status }) => status !== 'ACTIVE') : []
  return [of('UPGRADE').map(({ id }) => id), idle.map(({ id }) => id)]
}

async function prepareStep(
  app: App,
  actor: Actor,
  { activate, rootPluginId, upgradeConfiguration }: PlanOrder,
  begun: BegunStep,
  prepared: PreparedStep[],
): Promise<void> {
  const { action, candidate } = begun.step
  const target = await reload(app, begun.installationId)
  const one: PreparedStep = {
    ...begun,
    target,
    dataVersion: null,
    installed: false,
    activated: false,
    upgrade: null,
  }
  prepared.push(one)
  if (action === 'UPGRADE') {
    const configuration = candidate.pluginId === rootPluginId ? upgradeConfiguration : undefined
    const input = { installationId: target.id, packageId: candidate.packageId, configuration, activate }
    one.upgrade = await prepareUpgrade(app, actor, input)
    return
  }
  if (action === 'INSTALL') {
    await alignCollections(app, target)
    one.dataVersion = await migrateKeptData(app, target)
    await runHook(app, target, 'onInstall')
    one.installed = true
  }
  if (!activate || target.status === 'ACTIVE') return
  if (action === 'KEEP') await requireLicensed(app, target.id)
  if (!(await wouldRun(app.database.prisma, target.id, app.clock.now()))) return
  await runHook(app, target, 'onActivate')
  one.activated = true
}

async function putInForce(
  tx: Tx,
  app: App,
  actor: Actor,
  { site, activate }: PlanOrder,
  prepared: readonly PreparedStep[],
): Promise<void> {
  await lockSite(tx, site.id)
  await holdApproved(
    tx,
    prepared.map((it) => it.step.candidate.packageId),
    { newly: false },
  )
  await requireAsTold(
    tx,
    app,
    prepared.flatMap((it) => beginningOf(it, activate) ?? []),
  )
  for (const { step, target, activated: told, upgrade } of prepared) {
    if (upgrade !== null) await commitUpgrade(tx, app, actor, upgrade)
    else if (step.action === 'INSTALL') await putNewInForce(tx, app, actor, { ...target, told }, activate)
    else if (activate && target.status !== 'ACTIVE')
      await makeActive(tx, app, actor, { ...target, told }, 'activate')
  }
}

/** What is ACTIVE with the plan, and was not before. */
function beginningOf({ target, activated, upgrade }: PreparedStep, activate: boolean): Beginning | null {
  if (upgrade !== null) return upgrade.activate ? { ...upgrade.candidate, told: upgrade.told } : null
  return activate && target.status !== 'ACTIVE' ? { ...target, told: activated } : null
}

async function putNewInForce(
  tx: Tx,
  app: App,
  actor: Actor,
  target: Target & { told: boolean },
  activate: boolean,
): Promise<void> {
  await moveInstallation(tx, target.id, 'INSTALLING', 'install', { status: 'INSTALLED', failure: null })
  const move = { from: null, to: 'INSTALLED', at: app.clock.now() } as const
  await tellMove(tx, 'plugin.installed', target, by(actor), move)
  await reviseSettings(tx, app, actor, target)
  if (activate) await makeActive(tx, app, actor, { ...target, status: 'INSTALLED' }, 'install')
  await tx.installation.updateMany({ where: { id: target.id }, data: { operation: null } })
}

/** What it was given is a revision of its site's settings: after the last one that an earlier installation left there. */
async function reviseSettings(tx: Tx, app: App, actor: Actor, target: Target): Promise<void> {
  const { id, pluginId, slug, organizationId, siteId } = target
  const { configuration } = await tx.installation.findUniqueOrThrow({
    where: { id },
    select: { configuration: true },
  })
  const last = await tx.settingsRevision.findFirst({
    where: { pluginId, organizationId, siteId },
    orderBy: { number: 'desc' },
    select: { settings: true },
  })
  const place = { scope: 'SITE' as const, pluginId, slug, organizationId, siteId }
  const before = { settings: (last?.settings ?? {}) as JsonObject, locked: [] }
  const after = { settings: configuration as JsonObject, locked: [] }
  await reviseLevel(tx, app, actor, place, { before, after })
}
