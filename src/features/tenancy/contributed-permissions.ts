import DataLoader from 'dataloader'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { reaches } from '../../auth/authorize.ts'
import type { Role } from '../../generated/prisma/enums.ts'

/**
 * Whether the actor holds a permission that a plugin contributes, in that organization: as its administrator, or since one
 * of his roles there was given it. Roles that were narrowed hold it where they name it.
 */
export async function holdsContributed(
  app: App,
  actor: Actor,
  permission: string,
  organizationId: string,
): Promise<boolean> {
  const roles = actor.grants
    .filter((grant) => reaches(grant, organizationId))
    .filter(({ permissions }) => permissions === null || permissions.has(permission))
    .map(({ role }) => role)
  if (roles.includes('ADMIN')) return true
  if (roles.length === 0) return false
  const given = await app.database.prisma.rolePermission.count({
    where: { organizationId, permission, role: { in: roles } },
  })
  return given > 0
}

/** Contributed permissions of one organization. */
export interface Contributed {
  /** Of the plugins that are installed there, sorted. */
  installed: string[]
  /** Which role was given what. */
  given: { role: Role; permission: string }[]
}

/** What the plugins of organizations contribute, and to whom it was given; all of a request in two queries. */
export function contributedLoader(app: App): DataLoader<string, Contributed> {
  return new DataLoader(async (organizationIds) => {
    const ids = [...organizationIds]
    const [installed, given] = await Promise.all([
      app.database.pool.query<{ organization_id: string; permission: string }>(INSTALLED, [ids]),
      app.database.prisma.rolePermission.findMany({
        where: { organizationId: { in: ids } },
        orderBy: [{ role: 'asc' }, { permission: 'asc' }],
        select: { organizationId: true, role: true, permission: true },
      }),
    ])
    return ids.map((id) => ({
      installed: installed.rows
        .filter((row) => row.organization_id === id)
        .map(({ permission }) => permission),
      given: given.filter(({ organizationId }) => organizationId === id),
    }))
  })
}

const INSTALLED = `select distinct i.organization_id, permission from installation i
  join package p on p.id = i.package_id
  cross join lateral jsonb_array_elements_text(p.manifest #> '{contributes,permissions}') permission
  where i.organization_id = any($1::uuid[]) and i.status <> 'UNINSTALLED'
  order by permission`

/** Whether a plugin contributes the permission that is installed in the organization, or approved for its sites. */
export async function isContributed(app: App, permission: string, organizationId: string): Promise<boolean> {
  const { rows } = await app.database.pool.query(
    `select 1 from package p join registry r on r.id = p.registry_id
     where p.manifest #> '{contributes,permissions}' @> to_jsonb($1::text)
       and ((p.status = 'APPROVED' and (r.organization_id = $2 or (r.organization_id is null and r.type = 'ENTERPRISE')))
         or exists (select from installation i
           where i.package_id = p.id and i.organization_id = $2 and i.status <> 'UNINSTALLED'))
     limit 1`,
    [permission, organizationId],
  )
  return rows.length > 0
}
