import semver from 'semver'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { messageOf, RequestError, UserError, UserErrors } from '../../lib/errors.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { alignCollections } from '../collections/align-collections.ts'
import { requireFitting } from '../collections/require-fitting.ts'
import type { Target } from '../invocations/target.ts'
import { requireSignatures } from '../packages/require-signatures.ts'
import { checkSecrets, manageableTarget } from './activate-installation.ts'
import { checkedConfiguration } from './checked-configuration.ts'
import { installablePackage } from './choose-package.ts'
import { createCandidate } from './create-candidate.ts'
import { wouldRun } from './enablement.ts'
import { holdApproved } from './hold-approved.ts'
import { runHook } from './lifecycle-hooks.ts'
import { dataVersionOf, migrateBack, migrateData } from './migrate-data.ts'
import { replaceInstallation, type Replacement } from './replace-installation.ts'
import { lockSite } from './site-lock.ts'
import { takeBackActivation, tellOfEnd } from './tell-code.ts'
import type { Mover } from './tell-move.ts'
import { tellReplaced } from './tell-replaced.ts'
import { failUnfinished } from './undo-installation.ts'

/** Into what an installation is upgraded. */
export interface UpgradeInput {
  installationId: string
  packageId: string
  /** Replaces the configuration; it is kept where left out. */
  configuration?: JsonValue | undefined
  /** Run it afterwards also where the former one did not. */
  activate?: boolean | undefined
}

/** An upgrade that was tried beside what it is to replace, and waits to be put in force. */
export interface PreparedUpgrade extends Replacement {
  /** The configuration is the old one's. */
  kept: boolean
  /** Up to which version the data were migrated before. */
  dataVersion: string
  mover: Mover
}

/**
 * Makes the new row and tries its code while the old one is in force: data migrations, then `onUpgrade`, then, where it is
 * to run, `onActivate`. Where any of it fails, the data are migrated back, and nothing is left but the row's history. The
 * caller holds the old installation's claim until it has called `commitUpgrade` or `abandonUpgrade`.
 */
export async function prepareUpgrade(app: App, actor: Actor, input: UpgradeInput): Promise<PreparedUpgrade> {
  const old = await manageableTarget(app, actor, input.installationId)
  const { organizationId, siteId } = old
  const next = await installablePackage(app, actor, input.packageId, [{ id: siteId, organizationId }])
  checkStep(old, next)
  await requireSignatures(app, organizationId, [next.id])
  await tellOfEnd(app, old)
  const configuration = await upgradedConfiguration(app, old, next, input.configuration)
  const dataVersion = await dataVersionOf(app, old, old.version)
  const candidate = await createCandidate(app, old, { packageId: next.id, configuration, rollback: false })
  const activate = old.status === 'ACTIVE' || input.activate === true
  const kept = input.configuration === undefined
  const prepared = { old, candidate, activate, told: false, kept, dataVersion, mover: by(actor) }
  try {
    if (activate) await checkSecrets(app, candidate)
    // An attempt at a later version may have been broken off with the data at that: they are not migrated twice.
    const to = semver.gt(dataVersion, candidate.version) ? dataVersion : candidate.version
    await alignCollections(app, candidate)
    await migrateData(app, candidate, { from: dataVersion, to })
    await requireFitting(app, candidate, old)
    await runHook(app, candidate, 'onUpgrade', [{ from: old.version, to: candidate.version }])
    if (activate && (await wouldRun(app.database.prisma, candidate.id, app.clock.now()))) {
      await runHook(app, candidate, 'onActivate')
      prepared.told = true
    }
  } catch (error) {
    await abandonUpgrade(app, prepared, messageOf(error))
    throw error
  }
  return prepared
}

/**
 * Puts what was prepared in force, in one step; from then on it is watched for a while. The caller has asked `requireAsTold` where it is
 * to run.
 */
export async function commitUpgrade(
  tx: Tx,
  app: App,
  actor: Actor,
  { old, candidate, activate, told, kept }: PreparedUpgrade,
): Promise<void> {
  await lockSite(tx, old.siteId)
  await holdApproved(tx, [candidate.packageId], { newly: true })
  const at = app.clock.now()
  const probationEndsAt = new Date(at.getTime() + app.config.plugins.healthDeadlineMs)
  const manner = { operation: 'upgrade' as const, kept, probationEndsAt }
  const status = await replaceInstallation(tx, app, actor, { old, candidate, activate, told }, manner)
  await tellReplaced(tx, 'plugin.upgraded', { old, candidate }, by(actor), { status, reason: null, at })
}

/** Gives up what was prepared: the data go back, and the row stays as history, with the reason. */
export async function abandonUpgrade(
  app: App,
  { old, candidate, told, dataVersion, mover }: PreparedUpgrade,
  failure: string,
): Promise<void> {
  if (told) await takeBackActivation(app, old, candidate)
  await migrateBack(app, candidate, dataVersion)
  await change(app, (tx) => failUnfinished(tx, app, candidate, failure, mover))
}

/** Refuses what is no upgrade of an installation: another plugin, another state, DOWNGRADE, ALREADY_EXISTS. */
export function checkStep(old: Target, next: { pluginId: string; slug: string; version: string }): void {
  if (next.pluginId !== old.pluginId) {
    throw new RequestError('BAD_USER_INPUT', `${next.slug} is not a version of ${old.slug}.`)
  }
  if (!['INSTALLED', 'ACTIVE', 'INACTIVE'].includes(old.status)) {
    throw new UserError('INVALID_STATE', `The installation is ${old.status} and cannot be upgraded.`, [
      'installationId',
    ])
  }
  const order = semver.compare(next.version, old.version)
  if (order < 0) {
    const message = `${next.version} is older than ${old.version}, which is installed: rollbackInstallation goes back.`
    throw new UserError('DOWNGRADE', message, ['packageId'])
  }
  if (order === 0) {
    throw new UserError('ALREADY_EXISTS', `${old.slug} ${old.version} is installed already.`, ['packageId'])
  }
}

/** The configuration of the new version: what is given, or what is kept and still fits its schema. */
export async function upgradedConfiguration(
  app: App,
  old: Target,
  next: { id: string; version: string },
  given: JsonValue | undefined,
): Promise<JsonObject> {
  const place = { packageId: next.id, organizationId: old.organizationId }
  if (given !== undefined) return await checkedConfiguration(app, place, given)
  try {
    return await checkedConfiguration(app, place, old.configuration, { kept: true })
  } catch (error) {
    if (error instanceof UserErrors) throw new UserErrors(error.errors.map((it) => notKept(it, next)))
    throw error instanceof UserError ? notKept(error, next) : error
  }
}

function notKept({ code, message, field }: UserError, { version }: { version: string }): UserError {
  const told = `What is configured does not fit ${version}: ${message} Give a new configuration.`
  return new UserError(code, told, field ?? undefined)
}
