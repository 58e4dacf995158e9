import { change, type App } from '../../app.ts'
import { recordAll } from '../../events/record.ts'
import { days } from '../../lib/units.ts'
import { EXPIRY_MARKS, reachedMark } from './license-times.ts'

/** Licences that one transaction tells of. */
const BATCH = 100
/** Stands in for those of which nothing was told: more than any mark. */
const NOTHING_TOLD = 1000

interface Row {
  id: string
  organization_id: string | null
  owner_id: string | null
  site_id: string | null
  plugin_id: string
  slug: string
  type: 'FREE' | 'TRIAL' | 'SITE' | 'ENTERPRISE' | 'DEVELOPER'
  key_end: string
  expires_at: Date
}

/**
 * Tells of licences that expire in 30, 7 or 1 days, each mark once: where several have passed since the last look, the
 * nearest only. True: there may be more.
 */
export async function tellExpiring(app: App): Promise<boolean> {
  const now = app.clock.now()
  const [day, week, month] = EXPIRY_MARKS
  const until = (mark: number): Date => new Date(now.getTime() + days(mark))
  return await change(app, async (tx) => {
    // Several workers look at once: each takes those that no other has in hand.
    const rows = await tx.$queryRaw<Row[]>`
      select license.id, license.organization_id, plugin.owner_id, license.site_id, license.plugin_id, plugin.slug,
        license.type::text as type, license.key_end, license.expires_at
      from license join plugin on plugin.id = license.plugin_id
      where license.status = 'ACTIVE' and license.expires_at > ${now} and license.expires_at <= ${until(month)}
        and coalesce(license.told_days, ${NOTHING_TOLD}::int) > case when license.expires_at <= ${until(day)} then ${day}::int
          when license.expires_at <= ${until(week)} then ${week}::int else ${month}::int end
      order by license.expires_at limit ${BATCH} for update of license skip locked`
    for (const mark of EXPIRY_MARKS) {
      const ids = rows.filter((row) => reachedMark(row.expires_at, now) === mark).map(({ id }) => id)
      if (ids.length === 0) continue
      await tx.license.updateMany({ where: { id: { in: ids } }, data: { toldDays: mark, updatedAt: now } })
    }
    await recordAll(
      tx,
      'license.expiring',
      rows.map((row) => ({
        payload: {
          slug: row.slug,
          type: row.type,
          keyEnd: row.key_end,
          days: reachedMark(row.expires_at, now)!,
          expiresAt: row.expires_at.toISOString(),
        },
        scope: {
          organizationId: row.organization_id ?? row.owner_id,
          siteId: row.site_id,
          subjectId: row.id,
          pluginId: row.plugin_id,
          actorId: null,
          at: now,
        },
      })),
    )
    return rows.length === BATCH
  })
}
