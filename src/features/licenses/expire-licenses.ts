import { change, type App } from '../../app.ts'
import { recordAll } from '../../events/record.ts'
import type { LicenseType } from '../../generated/prisma/enums.ts'

/** Licences that one transaction tells of. */
const BATCH = 100

interface Row {
  id: string
  organization_id: string | null
  owner_id: string | null
  site_id: string | null
  plugin_id: string
  slug: string
  type: LicenseType
  key_end: string
  installations: number
}

/** Marks licences whose expiry has come EXPIRED and tells of each, with how much runs by it. True: there may be more. */
export async function expireLicenses(app: App): Promise<boolean> {
  const now = app.clock.now()
  return await change(app, async (tx) => {
    const rows = await tx.$queryRaw<Row[]>`
      select license.id, license.organization_id, plugin.owner_id, license.site_id, license.plugin_id, plugin.slug,
        license.type::text as type, license.key_end,
        (select count(*)::int from installation i where i.license_id = license.id and i.status = 'ACTIVE'
          and i.superseded_by_id is null) as installations
      from license join plugin on plugin.id = license.plugin_id
      where license.status = 'ACTIVE' and license.expires_at <= ${now}
      order by license.expires_at limit ${BATCH} for update of license skip locked`
    await tx.license.updateMany({
      where: { id: { in: rows.map(({ id }) => id) } },
      data: { status: 'EXPIRED', toldDays: 0, updatedAt: now },
    })
    await recordAll(
      tx,
      'license.expired',
      rows.map((row) => ({
        payload: { slug: row.slug, type: row.type, keyEnd: row.key_end, installations: row.installations },
        scope: {
          organizationId: row.organization_id ?? row.owner_id,
          siteId: row.site_id,
          subjectId: row.id,
          pluginId: row.plugin_id,
          actorId: null,
          changed: { before: { status: 'ACTIVE' }, after: { status: 'EXPIRED' } },
          at: now,
        },
      })),
    )
    return rows.length === BATCH
  })
}
