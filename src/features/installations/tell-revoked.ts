import { change, type App } from '../../app.ts'
import { recordAll } from '../../events/record.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import type { Tx } from '../../platform/database.ts'

/** Installations that one transaction tells of: few enough that live readers keep up, and locks are short. */
const BATCH = 200

/** Of which package it is told that it was revoked, and why. */
export interface Revocation {
  packageId: string
  reason: string
  /** Set the installations INACTIVE as well. */
  deactivate: boolean
  actorId: string | null
  /** Of whoever revoked; null where the queue completes it. */
  requestId?: string | null
}

interface Row {
  id: string
  organization_id: string
  site_id: string
  plugin_id: string
  status: InstallationStatus
  slug: string
  version: string
}

/**
 * Tells every installation of a revoked package, whosever it is, by one event each, and deactivates it where asked, in
 * batches. Whom it has told it does not tell again: it is called by whoever revokes, and by the queue, which completes
 * what that one could not.
 */
export async function tellRevoked(app: App, revocation: Revocation): Promise<void> {
  let told: number
  do {
    told = await change(app, (tx) => tellBatch(tx, app, revocation))
  } while (told === BATCH)
}

async function tellBatch(
  tx: Tx,
  app: App,
  { packageId, reason, deactivate, actorId, requestId = null }: Revocation,
) {
  // One teller at a time, so that nobody is told twice.
  await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock(hashtextextended(${`revoked ${packageId}`}, 0))`
  const rows = await tx.$queryRaw<Row[]>`
    select i.id, i.organization_id, i.site_id, i.plugin_id, i.status::text as status, plugin.slug, package.version
    from installation i join package on package.id = i.package_id join plugin on plugin.id = i.plugin_id
    where i.package_id = ${packageId}::uuid and i.superseded_by_id is null and i.status <> 'UNINSTALLED'
      and i.in_force
      and not exists (select from event where event.type = 'plugin.revoked' and event.subject_id = i.id)
    order by i.id limit ${BATCH} for update of i`
  const at = app.clock.now()
  const active = deactivate ? rows.filter(({ status }) => status === 'ACTIVE').map(({ id }) => id) : []
  if (active.length > 0) {
    await tx.installation.updateMany({
      where: { id: { in: active } },
      data: { status: 'INACTIVE', deactivatedAt: at },
    })
    await tx.jobSchedule.deleteMany({ where: { installationId: { in: active } } })
  }
  await recordAll(
    tx,
    'plugin.revoked',
    rows.map(({ id, organization_id, site_id, plugin_id, status: previousStatus, slug, version }) => {
      const status = active.includes(id) ? 'INACTIVE' : previousStatus
      return {
        payload: { slug, version, previousStatus, status, reason },
        scope: {
          organizationId: organization_id,
          siteId: site_id,
          subjectId: id,
          pluginId: plugin_id,
          actorId,
          requestId,
          at,
        },
      }
    }),
  )
  return rows.length
}
