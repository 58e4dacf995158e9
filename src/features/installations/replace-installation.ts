import { isDeepStrictEqual } from 'node:util'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import { RequestError } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import type { Target } from '../invocations/target.ts'
import { reviseLevel } from '../settings/change-level.ts'
import { registerWebhooks } from '../webhooks/register-webhooks.ts'
import type { Operation } from './claim.ts'
import { moveJobs, unscheduleJobs } from './job-schedules.ts'

/** Two installations of a plugin at a site, of which one takes the other's place. */
export interface Replacement {
  old: Target
  candidate: Target
  /** It is ACTIVE afterwards. */
  activate: boolean
  /** Its `onActivate` was called. */
  told: boolean
}

interface Manner {
  /** For which the caller has claimed the old one. */
  operation: Operation
  /** The new one has the old one's configuration. */
  kept: boolean
  /** Until then an UNHEALTHY report brings the former version back. */
  probationEndsAt: Date | null
  /** Why the old one had to go. */
  failure?: string
}

/**
 * The switch, in the caller's transaction: the old one INACTIVE and superseded, the new one in force, with its jobs. Whoever
 * looks sees one of the two and never both. Returns the new one's status. The site is locked.
 */
export async function replaceInstallation(
  tx: Tx,
  app: App,
  actor: Actor,
  { old, candidate, activate, told }: Replacement,
  { operation, kept, probationEndsAt, failure }: Manner,
): Promise<InstallationStatus> {
  const at = app.clock.now()
  const left = await tx.installation.updateMany({
    where: { id: old.id, status: old.status, operation, supersededById: null },
    data: {
      status: 'INACTIVE',
      supersededById: candidate.id,
      ...(old.status === 'ACTIVE' ? { deactivatedAt: at } : {}),
      ...(failure === undefined ? {} : { failure }),
    },
  })
  const status = activate ? ('ACTIVE' as const) : ('INSTALLED' as const)
  const come = await tx.installation.updateMany({
    where: { id: candidate.id, status: 'INSTALLING', inForce: false },
    data: {
      status,
      inForce: true,
      ...(activate ? { activatedAt: at, probationEndsAt, toldActive: told } : {}),
    },
  })
  if (left.count === 0 || come.count === 0)
    throw new RequestError('CONFLICT', 'The installation was just changed: read it again.')
  if (activate) {
    await moveJobs(tx, old.id, candidate.id, candidate.manifest, at)
    await registerWebhooks(tx, app, candidate)
  } else await unscheduleJobs(tx, old.id)
  await reviseSettings(tx, app, actor, old, candidate, kept)
  return status
}

/** The site's settings go over with the installation; what was set meanwhile is not lost without a word. */
async function reviseSettings(
  tx: Tx,
  app: App,
  actor: Actor,
  old: Target,
  candidate: Target,
  kept: boolean,
): Promise<void> {
  const row = await tx.installation.findUniqueOrThrow({
    where: { id: old.id },
    select: { configuration: true },
  })
  if (kept && !isDeepStrictEqual(row.configuration, old.configuration))
    throw new RequestError('CONFLICT', 'Its settings were just changed: try again.')
  const { pluginId, slug, organizationId, siteId } = old
  const place = { scope: 'SITE' as const, pluginId, slug, organizationId, siteId }
  const before = { settings: row.configuration as JsonObject, locked: [] }
  const after = { settings: candidate.configuration as JsonObject, locked: [] }
  await reviseLevel(tx, app, actor, place, { before, after })
}
