import { change, type App } from '../../app.ts'
import { recordAll } from '../../events/record.ts'
import { giveLicense } from './give-licenses.ts'
import { LICENSE_DETAILS } from './license-check.ts'

/** Installations that one transaction deactivates: few enough that locks are short. */
const BATCH = 100

interface Row {
  id: string
  organization_id: string
  site_id: string
  plugin_id: string
  package_id: string
  slug: string
  version: string
  /** Null: it never expires. */
  ends_at: Date | null
}

/**
 * Deactivates what is ACTIVE by a licence whose grace period is over, where its plugin needs one and its version is not one
 * that stays usable; and what is ACTIVE by one for development at a site that is for that no more. Where the site or
 * organization has another licence that serves, it goes on by that. No code of the plugin is called for it: it may not run
 * any more. True: there may be more.
 */
export async function endLicenses(app: App): Promise<boolean> {
  const now = app.clock.now()
  return await change(app, async (tx) => {
    const rows = await tx.$queryRaw<Row[]>`
      select i.id, i.organization_id, i.site_id, i.plugin_id, i.package_id, plugin.slug, package.version, license.ends_at
      from license join installation i on i.license_id = license.id
        join plugin on plugin.id = i.plugin_id join package on package.id = i.package_id join site on site.id = i.site_id
      where license.status in ('ACTIVE', 'EXPIRED') and plugin.license_required
        and i.status = 'ACTIVE' and i.superseded_by_id is null and i.operation is null
        and ((license.ends_at <= ${now} and not i.perpetual)
          or (license.type = 'DEVELOPER' and site.labels ->> 'env' is distinct from 'development'))
      order by i.id limit ${BATCH} for update of i skip locked`
    const ended: Row[] = []
    for (const row of rows) {
      const site = { id: row.site_id, organizationId: row.organization_id }
      const use = { pluginId: row.plugin_id, packageId: row.package_id, site }
      if (!(await giveLicense(tx, app, row.id, use))) ended.push(row)
    }
    if (ended.length === 0) return rows.length === BATCH
    const ids = ended.map(({ id }) => id)
    await tx.installation.updateMany({
      where: { id: { in: ids } },
      data: { status: 'INACTIVE', deactivatedAt: now },
    })
    await tx.jobSchedule.deleteMany({ where: { installationId: { in: ids } } })
    await recordAll(
      tx,
      'plugin.disabled',
      ended.map(({ id, organization_id, site_id, plugin_id, slug, version, ends_at }) => ({
        payload: {
          slug,
          version,
          previousStatus: 'ACTIVE',
          status: 'INACTIVE',
          reason: LICENSE_DETAILS[ends_at !== null && ends_at <= now ? 'EXPIRED' : 'DEVELOPMENT_ONLY'],
        },
        scope: {
          organizationId: organization_id,
          siteId: site_id,
          subjectId: id,
          pluginId: plugin_id,
          actorId: null,
          changed: { before: { status: 'ACTIVE' }, after: { status: 'INACTIVE' } },
          at: now,
        },
      })),
    )
    return rows.length === BATCH
  })
}
