import type { Actor } from '../../auth/actor.ts'
import { can, canAnywhere, reachOf, type Reach } from '../../auth/authorize.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { RELEASE_END } from '../../lib/version-key.ts'
import { publishingFor, registryReach } from './policy.ts'

/**
 * `visiblePlugins` as a condition of SQL on a table `p` of plugins, for what Prisma has no words for. A test holds the
 * two against each other.
 */
export function visiblePluginsSql(actor: Actor): Prisma.Sql {
  if (can(actor, 'packages:review', null)) return Prisma.sql`true`
  const visible = anyOf([
    Prisma.sql`k.status in ('APPROVED', 'REVOKED')`,
    Prisma.sql`r.type = 'DEVELOPER'`,
    ...(actor.principalId === null ? [] : [Prisma.sql`k.submitted_by_id = ${actor.principalId}::uuid`]),
    ...ownersSql(actor),
    ofReach(reachOf(actor, 'packages:review')),
  ])
  return havingSql(visibleRegistriesSql(actor), visible)
}

/** The same for `releasedPlugins`. */
export function releasedPluginsSql(actor: Actor): Prisma.Sql {
  // What was let in is seen by everybody who sees its registry.
  const place = can(actor, 'packages:review', null) ? Prisma.sql`true` : visibleRegistriesSql(actor)
  const release = Prisma.sql`k.status = 'APPROVED' and k.yanked_at is null and k.version_key like ${`%${RELEASE_END}`}`
  return havingSql(place, release)
}

/** Plugins with a package of that kind in a registry of that kind. */
function havingSql(place: Prisma.Sql, kind: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`exists (
    select 1 from package k join registry r on r.id = k.registry_id
    where k.plugin_id = p.id and (${place}) and (${kind}))`
}

/** `installableAt` as a condition of SQL on tables `k` of packages and `r` of their registries. */
export function installableSql(site: { id: string; organizationId: string }): Prisma.Sql {
  const ofSite = anyOf([
    Prisma.sql`r.type = 'ENTERPRISE' and r.organization_id is null`,
    Prisma.sql`r.type in ('ENTERPRISE', 'DEVELOPER') and r.organization_id = ${site.organizationId}::uuid`,
    Prisma.sql`r.type = 'SITE' and r.site_id = ${site.id}::uuid`,
  ])
  return Prisma.sql`k.status = 'APPROVED' and k.yanked_at is null and (${ofSite})`
}

function visibleRegistriesSql(actor: Actor): Prisma.Sql {
  const { readers, developers } = registryReach(actor)
  return anyOf([
    ...(canAnywhere(actor, 'plugins:read')
      ? [Prisma.sql`r.type = 'ENTERPRISE' and r.organization_id is null`]
      : []),
    Prisma.sql`r.type in ('ENTERPRISE', 'SITE') and ${ofReach(readers)}`,
    Prisma.sql`r.type = 'DEVELOPER' and ${ofReach(developers)}`,
  ])
}

function ownersSql(actor: Actor): Prisma.Sql[] {
  const names = publishingFor(actor)
  const organizationIds = names.filter((id) => id !== null)
  return [
    Prisma.sql`p.owner_id = any(${organizationIds}::uuid[])`,
    ...(names.includes(null) ? [Prisma.sql`p.owner_id is null`] : []),
  ]
}

function ofReach(reach: Reach): Prisma.Sql {
  return reach.everywhere
    ? Prisma.sql`true`
    : Prisma.sql`r.organization_id = any(${reach.organizationIds}::uuid[])`
}

/** Each in brackets: they are joined by `or`. */
function anyOf(conditions: readonly Prisma.Sql[]): Prisma.Sql {
  return Prisma.join(
    conditions.map((condition) => Prisma.sql`(${condition})`),
    ' or ',
  )
}
