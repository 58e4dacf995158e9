import type { Tx } from '../../platform/database.ts'

/** More licences of one plugin than this an organization does not have that could still be used; the best come first. */
const MAX_CANDIDATES = 100

/**
 * Licences that a site might run a plugin by, the best first: the one whose seat it holds, what does not expire soon, what
 * is for this very site, bought ones over trials. Without `all` only those whose seat it holds.
 */
export async function findCandidates(
  tx: Tx,
  pluginId: string,
  site: { id: string; organizationId: string },
  now: Date,
  all: boolean,
): Promise<{ id: string }[]> {
  return await tx.$queryRaw<{ id: string }[]>`
    select license.id from license
    left join license_seat seat on seat.license_id = license.id and seat.site_id = ${site.id}::uuid
    where license.plugin_id = ${pluginId}::uuid
      and (seat.site_id is not null
        or (${all} and license.status in ('ACTIVE', 'EXPIRED') and license.organization_id = ${site.organizationId}::uuid
          and (license.site_id is null or license.site_id = ${site.id}::uuid)))
    order by coalesce(license.ends_at > ${now}, true) desc, license.status in ('ACTIVE', 'EXPIRED') desc,
      seat.site_id is not null desc, coalesce(license.expires_at > ${now}, true) desc,
      license.site_id is not null desc, license.type = 'TRIAL', license.expires_at desc nulls first, license.id
    limit ${MAX_CANDIDATES}`
}
