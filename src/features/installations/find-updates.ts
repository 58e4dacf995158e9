import semver from 'semver'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import { installableSql } from '../packages/policy-sql.ts'
import { canSeePackage, type PackagePlace } from '../packages/policy.ts'
import { Ranges } from './resolver/ranges.ts'

/** An installation, as its update is looked for. */
export interface Updatable {
  id: string
  siteId: string
  organizationId: string
}

interface Row {
  installation: string
  installed: string
  hostVersion: string
  packageId: string
  version: string
  hostRange: string
  status: PackagePlace['status']
  submittedById: string | null
  ownerId: string | null
  type: PackagePlace['registry']['type']
  registryOwnerId: string | null
}

/**
 * The packages to which installations can be upgraded, in their order, null where there is none: the highest version above
 * the installed one that was approved and not yanked, lies in a registry from which the site takes packages and that the
 * actor sees, and is made for the site's host. A prerelease only where one of the same version is installed. Whether its
 * own dependencies can be had is not looked at. All of them by one query.
 */
export async function findUpdates(
  app: App,
  actor: Actor,
  installations: readonly Updatable[],
): Promise<(string | null)[]> {
  if (installations.length === 0) return []
  const ranges = new Ranges()
  const found = new Map<string, string>()
  for (const row of await readNewer(app, installations)) {
    if (found.has(row.installation) || !isOffered(row) || !ranges.isAt(row.hostRange, row.hostVersion))
      continue
    const { status, submittedById, ownerId, type, registryOwnerId } = row
    const registry = { type, organizationId: registryOwnerId }
    if (canSeePackage(actor, { status, submittedById, ownerId, registry }))
      found.set(row.installation, row.packageId)
  }
  return installations.map(({ id }) => found.get(id) ?? null)
}

/** What is newer than what is installed and in force, highest first. */
async function readNewer({ database }: App, installations: readonly Updatable[]): Promise<Row[]> {
  const sites = new Map(installations.map((it) => [it.siteId, it.organizationId]))
  const atSite = [...sites].map(
    ([id, organizationId]) =>
      Prisma.sql`(i.site_id = ${id}::uuid and ${installableSql({ id, organizationId })})`,
  )
  return await database.prisma.$queryRaw<Row[]>`
    select i.id::text as installation, installed.version as installed, s.host_version as "hostVersion",
      k.id::text as "packageId", k.version, k.manifest #>> '{engines,host}' as "hostRange", k.status::text as status,
      k.submitted_by_id::text as "submittedById", p.owner_id::text as "ownerId", r.type::text as type,
      r.organization_id::text as "registryOwnerId"
    from installation i join package installed on installed.id = i.package_id join site s on s.id = i.site_id
      join plugin p on p.id = i.plugin_id
      join package k on k.plugin_id = i.plugin_id and k.version_key > installed.version_key
      join registry r on r.id = k.registry_id
    where i.id = any(${installations.map(({ id }) => id)}::uuid[]) and i.superseded_by_id is null and i.in_force
      and i.status <> 'UNINSTALLED' and (${Prisma.join(atSite, ' or ')})
    order by k.version_key desc, k.id desc`
}

/** As ranges take them: whoever runs 2.0.0-beta.1 is offered 2.0.0-beta.2, and no other prerelease. */
function isOffered({ installed, version }: Row): boolean {
  const [from, to] = [semver.parse(installed), semver.parse(version)]
  if (from === null || to === null) return false
  return to.prerelease.length === 0 || (from.prerelease.length > 0 && from.compareMain(to) === 0)
}
