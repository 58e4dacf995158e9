import semver from 'semver'
import { change, type App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import { alignCollections } from '../collections/align-collections.ts'
import { checkSecrets } from '../installations/activate-installation.ts'
import { checkedConfiguration } from '../installations/checked-configuration.ts'
import { whileAllClaimed } from '../installations/claim.ts'
import { createCandidate } from '../installations/create-candidate.ts'
import { requireDependencies } from '../installations/dependents.ts'
import { wouldRun } from '../installations/enablement.ts'
import { holdApproved } from '../installations/hold-approved.ts'
import { runHook } from '../installations/lifecycle-hooks.ts'
import { dataVersionOf, migrateBack, migrateData } from '../installations/migrate-data.ts'
import { replaceInstallation, type Replacement } from '../installations/replace-installation.ts'
import { requireAsTold } from '../installations/require-as-told.ts'
import { lockSite } from '../installations/site-lock.ts'
import { readSiteState, requireSettled, requireUnchanged } from '../installations/site-state.ts'
import { takeBackActivation, tellOfEnd } from '../installations/tell-code.ts'
import { tellReplaced } from '../installations/tell-replaced.ts'
import { failUnfinished } from '../installations/undo-installation.ts'
import type { Target } from '../invocations/target.ts'
import { planRollback, type Going, type RollbackPlan } from './plan-rollback.ts'

interface PreparedRollback extends Replacement {
  /** Up to which version the data were migrated before. */
  dataVersion: string
}

/**
 * Puts the former version of an installation back, with its former configuration: what is in force stays so while the data
 * are migrated back and the former version's `onActivate` is called, and then one transaction switches. Where anything
 * fails before that, the data are migrated forth again. Returns the new installation's id.
 *
 * @param reason why the version in force is unfit; null where somebody wants the former one
 * @throws {PlanStale} where the site changed meanwhile; nothing was done
 */
export async function rollBack(
  app: App,
  actor: Actor,
  target: Target,
  { reason }: { reason: string | null },
): Promise<string> {
  const plan = await planRollback(app, target)
  const ids = plan.going.map((it) => it.target.id)
  return await whileAllClaimed(app, ids, 'rollback', async () => {
    const prepared: PreparedRollback[] = []
    try {
      for (const going of plan.going) prepared.push(await prepare(app, actor, going, reason))
      await change(app, (tx) => commit(tx, app, actor, plan, prepared, reason))
    } catch (error) {
      for (const one of prepared.toReversed()) await abandon(app, actor, one, messageOf(error))
      throw error
    }
    return prepared.find((it) => it.old.id === target.id)!.candidate.id
  })
}

async function prepare(
  app: App,
  actor: Actor,
  { target: old, former }: Going,
  reason: string | null,
): Promise<PreparedRollback> {
  const { packageId } = former
  // It ran with them before: what is unfit goes at once, whatever else was changed.
  const configuration =
    reason === null
      ? await checkedConfiguration(
          app,
          { packageId, organizationId: old.organizationId },
          former.configuration,
          { kept: true },
        )
      : former.configuration
  await tellOfEnd(app, old)
  const dataVersion = await dataVersionOf(app, old, old.version)
  const candidate = await createCandidate(app, old, { packageId, configuration, rollback: true })
  const prepared = { old, candidate, activate: old.status === 'ACTIVE', told: false, dataVersion }
  try {
    if (prepared.activate && reason === null) await checkSecrets(app, candidate)
    const to = semver.lt(former.version, dataVersion) ? former.version : dataVersion
    // What leads back lies in the package that led there.
    await migrateData(app, old, { from: dataVersion, to })
    await alignCollections(app, candidate)
    if (prepared.activate && (await wouldRun(app.database.prisma, candidate.id, app.clock.now()))) {
      await runHook(app, candidate, 'onActivate')
      prepared.told = true
    }
  } catch (error) {
    await abandon(app, actor, prepared, messageOf(error))
    throw error
  }
  return prepared
}

async function commit(
  tx: Tx,
  app: App,
  actor: Actor,
  { seen, steps }: RollbackPlan,
  prepared: readonly PreparedRollback[],
  reason: string | null,
): Promise<void> {
  const { siteId } = prepared[0]!.old
  await lockSite(tx, siteId)
  const manifests = new Map<string, Manifest>(
    prepared.map(({ candidate }) => [candidate.packageId, candidate.manifest]),
  )
  const now = await readSiteState(tx, siteId)
  const plan = { steps, conflicts: [] }
  requireUnchanged(seen, now, plan, manifests)
  requireSettled(now, plan, new Set(prepared.map(({ old }) => old.id)))
  await holdApproved(tx, [...manifests.keys()], { newly: false })
  const beginning = prepared.filter(({ activate }) => activate)
  await requireAsTold(
    tx,
    app,
    beginning.map(({ candidate, told }) => ({ ...candidate, told })),
  )
  for (const { old, candidate, activate, told } of prepared) {
    const manner = { operation: 'rollback' as const, kept: false, probationEndsAt: null }
    const status = await replaceInstallation(
      tx,
      app,
      actor,
      { old, candidate, activate, told },
      reason === null ? manner : { ...manner, failure: reason },
    )
    if (activate) await requireDependencies(tx, app, candidate)
    const step = { status, reason, at: app.clock.now() }
    await tellReplaced(tx, 'plugin.rolled_back', { old, candidate }, by(actor), step)
  }
}

/** The data go forth again, and the row stays as history, with the reason. */
async function abandon(
  app: App,
  actor: Actor,
  { old, candidate, told, dataVersion }: PreparedRollback,
  failure: string,
): Promise<void> {
  if (told) await takeBackActivation(app, old, candidate)
  await migrateBack(app, old, dataVersion)
  await change(app, (tx) => failUnfinished(tx, app, candidate, failure, by(actor)))
}
