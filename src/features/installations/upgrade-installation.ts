import semver from 'semver'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { messageOf, RequestError, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { isUniqueViolation, type Tx } from '../../platform/database.ts'
import { takeLicense } from '../licenses/take-license.ts'
import { requireSignatures } from '../packages/require-signatures.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { checkSecrets, manageableTarget } from './activate-installation.ts'
import { checkedConfiguration } from './checked-configuration.ts'
import { installablePackage } from './choose-package.ts'
import { whileClaimed } from './claim.ts'
import { holdApproved } from './hold-approved.ts'
import { scheduleJobs, unscheduleJobs } from './job-schedules.ts'
import { runHook } from './lifecycle-hooks.ts'
import { lockSite } from './site-lock.ts'

export interface UpgradeInput {
  installationId: string
  packageId: string
  /** Replaces the configuration; it is kept where left out. */
  configuration?: JsonValue | undefined
  /** Run it afterwards also where the former one did not. */
  activate?: boolean | undefined
}

/**
 * Puts another version in the place of an installation: a new row, tried in the sandbox beside the old one, and then
 * the switch in one transaction, so that at every moment one of the two is in force. Where the new one fails, the old
 * one stays. Returns the new installation's id.
 */
export async function upgradeInstallation(app: App, actor: Actor, input: UpgradeInput): Promise<string> {
  const { id } = await manageableTarget(app, actor, input.installationId)
  return await whileClaimed(app, id, 'upgrade', async () => {
    const prepared = await prepareUpgrade(app, actor, input)
    try {
      await change(app, (tx) => commitUpgrade(tx, app, actor, prepared))
    } catch (error) {
      await abandonUpgrade(app, prepared, messageOf(error))
      throw error
    }
    return prepared.candidate.id
  })
}

/** An upgrade that was tried beside what it is to replace, and waits to be put in force. */
export interface PreparedUpgrade {
  old: Target
  candidate: Target
  activate: boolean
}

/**
 * Makes the new row and tries its code, while the old one is in force; where that fails, nothing is left of it but its
 * history. The caller holds the old installation's claim until it has called `commitUpgrade` or `abandonUpgrade`.
 */
export async function prepareUpgrade(app: App, actor: Actor, input: UpgradeInput): Promise<PreparedUpgrade> {
  const old = await manageableTarget(app, actor, input.installationId)
  const next = await installablePackage(app, actor, input.packageId, [
    { id: old.siteId, organizationId: old.organizationId },
  ])
  checkStep(old, next)
  await requireSignatures(app, old.organizationId, [next.id])
  const configuration = await checkedConfiguration(
    app,
    { packageId: next.id, organizationId: old.organizationId },
    input.configuration ?? old.configuration,
    { kept: input.configuration === undefined },
  )
  const candidateId = await createCandidate(app, old, next.id, configuration)
  const activate = old.status === 'ACTIVE' || input.activate === true
  const candidate = (await loadTarget(app, { id: candidateId }))!
  const prepared = { old, candidate, activate }
  try {
    if (activate) {
      await checkSecrets(app, candidate)
      await runHook(app, candidate, 'onActivate')
    }
  } catch (error) {
    await abandonUpgrade(app, prepared, messageOf(error))
    throw error
  }
  return prepared
}

/** Puts what was prepared in force, in one step. */
export async function commitUpgrade(
  tx: Tx,
  app: App,
  actor: Actor,
  { old, candidate, activate }: PreparedUpgrade,
): Promise<void> {
  await lockSite(tx, old.siteId)
  await holdApproved(tx, [candidate.packageId], { newly: true })
  const at = app.clock.now()
  const left = await tx.installation.updateMany({
    where: { id: old.id, status: old.status, operation: 'upgrade', supersededById: null },
    data: {
      status: 'INACTIVE',
      supersededById: candidate.id,
      ...(old.status === 'ACTIVE' ? { deactivatedAt: at } : {}),
    },
  })
  if (left.count === 0)
    throw new RequestError('CONFLICT', 'The installation was just changed: read it again.')
  const status = activate ? ('ACTIVE' as const) : ('INSTALLED' as const)
  await tx.installation.updateMany({
    where: { id: candidate.id, status: 'INSTALLING' },
    data: { status, inForce: true, ...(activate ? { activatedAt: at } : {}) },
  })
  await unscheduleJobs(tx, old.id)
  if (activate) await scheduleJobs(tx, candidate.id, candidate.manifest, at)
  await record(
    tx,
    'plugin.upgraded',
    {
      slug: old.slug,
      version: candidate.version,
      previousVersion: old.version,
      supersedes: old.id,
      previousStatus: old.status,
      status,
      reason: null,
    },
    {
      organizationId: old.organizationId,
      siteId: old.siteId,
      subjectId: candidate.id,
      ...by(actor),
      at,
    },
  )
}

/** Gives up what was prepared: the row stays as history, with the reason. */
export async function abandonUpgrade(
  app: App,
  { candidate }: PreparedUpgrade,
  failure: string,
): Promise<void> {
  await app.database.prisma.installation.updateMany({
    where: { id: candidate.id, status: 'INSTALLING' },
    data: { status: 'FAILED', failure },
  })
}

function checkStep(old: Target, next: { pluginId: string; slug: string; version: string }): void {
  if (next.pluginId !== old.pluginId) {
    throw new RequestError('BAD_USER_INPUT', `${next.slug} is not a version of ${old.slug}.`)
  }
  if (!['INSTALLED', 'ACTIVE', 'INACTIVE'].includes(old.status)) {
    throw new UserError('INVALID_STATE', `The installation is ${old.status} and cannot be upgraded.`)
  }
  const order = semver.compare(next.version, old.version)
  if (order < 0)
    throw new UserError('DOWNGRADE', `${next.version} is older than ${old.version}, which is installed.`)
  if (order === 0) throw new UserError('ALREADY_EXISTS', `${old.slug} ${old.version} is installed already.`)
}

async function createCandidate(
  app: App,
  old: Target,
  packageId: string,
  configuration: JsonObject,
): Promise<string> {
  const id = newId()
  const { organizationId, siteId, pluginId } = old
  try {
    await change(app, async (tx) => {
      // The site keeps its seat, also where the upgrade is given up; whether the version stays usable is its own matter.
      const site = { id: siteId, organizationId }
      const licensed = await takeLicense(tx, app, { pluginId, packageId, site })
      await tx.installation.create({
        data: {
          id,
          organizationId,
          siteId,
          pluginId,
          packageId,
          configuration,
          ...licensed,
          status: 'INSTALLING',
          supersedesId: old.id,
          inForce: false,
          processId: app.processId,
          installedAt: app.clock.now(),
        },
        select: { id: true },
      })
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new RequestError('CONFLICT', `Another upgrade of ${old.slug} is on its way at this site.`)
  }
  return id
}
