import { change, type App } from '../../app.ts'
import { recordAll } from '../../events/record.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import type { Tx } from '../../platform/database.ts'

/** Installations that one transaction tells of: few enough that live readers keep up. */
const BATCH = 200

/** A switch that was turned. */
export interface Switched {
  /** The event `plugin.switched`. */
  switchId: string
  pluginId: string
  /** Null: for all. */
  organizationId: string | null
  enabled: boolean
  actorId: string | null
}

interface Row {
  id: string
  organization_id: string
  site_id: string
  slug: string
  version: string
}

/**
 * Tells each installation for which a switch takes effect, so that every process stops its code, or its onActivate is called.
 * Whom it has told it does not tell again: it is called by whoever switched, and by the queue, which completes what that one
 * could not.
 */
export async function tellSwitched(app: App, switched: Switched): Promise<void> {
  let told: number
  do {
    told = await change(app, (tx) => tellBatch(tx, app, switched))
  } while (told === BATCH)
}

async function tellBatch(tx: Tx, app: App, switched: Switched): Promise<number> {
  const { switchId, pluginId, organizationId, enabled, actorId } = switched
  // One teller at a time, so that nobody is told twice.
  await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock(hashtextextended(${`switched ${switchId}`}, 0))`
  // Where the other switch is off, this one changes nothing.
  const affected =
    organizationId === null
      ? Prisma.sql`i.organization_enabled`
      : Prisma.sql`plugin.enabled and i.organization_id = ${organizationId}::uuid`
  const rows = await tx.$queryRaw<Row[]>`
    select i.id, i.organization_id, i.site_id, plugin.slug, package.version
    from installation i join package on package.id = i.package_id join plugin on plugin.id = i.plugin_id
    where i.plugin_id = ${pluginId}::uuid and i.status = 'ACTIVE' and i.superseded_by_id is null
      and package.status = 'APPROVED' and ${affected}
      and not exists (
        select from event where event.type in ('plugin.enabled', 'plugin.disabled') and event.subject_id = i.id
          and event.payload ->> 'switchId' = ${switchId}
      )
    order by i.id limit ${BATCH} for update of i`
  const at = app.clock.now()
  const where = organizationId === null ? 'everywhere' : 'for the organization'
  const reason = `The plugin was switched ${enabled ? 'on' : 'off'} ${where}.`
  await recordAll(
    tx,
    enabled ? 'plugin.enabled' : 'plugin.disabled',
    rows.map(({ id, organization_id, site_id, slug, version }) => ({
      payload: {
        slug,
        version,
        previousStatus: 'ACTIVE' as const,
        status: 'ACTIVE' as const,
        reason,
        switchId,
      },
      scope: { organizationId: organization_id, siteId: site_id, subjectId: id, pluginId, actorId, at },
    })),
  )
  return rows.length
}
