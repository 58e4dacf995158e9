import type { Actor } from '../../auth/actor.ts'
import { can, canAnywhere, gives, reachOf, type Reach } from '../../auth/authorize.ts'
import type { Permission } from '../../auth/permissions.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import type { PackageStatus, RegistryType } from '../../generated/prisma/enums.ts'

/** What of a registry decides who sees it, submits to it and decides in it. */
export interface RegistryPlace {
  type: RegistryType
  /** Null: the platform's. */
  organizationId: string | null
}

/** What was let in, also where it was taken back since: it may be installed still. */
const DECIDED: PackageStatus[] = ['APPROVED', 'REVOKED']
/** Who reads in an organization's own ENTERPRISE and SITE registries. */
const READERS: readonly Permission[] = ['plugins:read', 'installations:read']
/** Who works in a DEVELOPER registry: those who write plugins, decide about them or run them. */
const DEVELOPERS: readonly Permission[] = ['packages:submit', 'packages:review', 'installations:manage']

/** Whether the actor may know that a registry is there; `visibleRegistries` is its list twin. */
export function canSeeRegistry(actor: Actor, { type, organizationId }: RegistryPlace): boolean {
  if (can(actor, 'packages:review', null)) return true
  if (type === 'ENTERPRISE' && organizationId === null) return canAnywhere(actor, 'plugins:read')
  return canAny(actor, type === 'DEVELOPER' ? DEVELOPERS : READERS, organizationId)
}

/** Where the actor reads in organizations' registries, and where he works in DEVELOPER ones. */
export function registryReach(actor: Actor): { readers: Reach; developers: Reach } {
  return { readers: reachOfAny(actor, READERS), developers: reachOfAny(actor, DEVELOPERS) }
}

/** Registries that the actor may see: the platform's ENTERPRISE ones, and those of his organizations. */
export function visibleRegistries(actor: Actor): Prisma.RegistryWhereInput {
  if (can(actor, 'packages:review', null)) return {}
  const everybodys = { type: 'ENTERPRISE', organizationId: null } as const
  const { readers, developers } = registryReach(actor)
  return {
    OR: [
      ...(canAnywhere(actor, 'plugins:read') ? [everybodys] : []),
      { type: { in: ['ENTERPRISE', 'SITE'] }, ...ofReach(readers) },
      { type: 'DEVELOPER', ...ofReach(developers) },
    ],
  }
}

/** Whether the actor may submit to a registry. Whose versions they may be is `canPublish`. */
export function canSubmit(actor: Actor, { type, organizationId }: RegistryPlace): boolean {
  if (type === 'DEVELOPER') return canAny(actor, DEVELOPERS, organizationId)
  if (organizationId === null) return canAnywhere(actor, 'packages:submit')
  return can(actor, 'packages:submit', organizationId)
}

/** Whether the actor may decide about packages of a registry. */
export function canReview(actor: Actor, { organizationId }: Pick<RegistryPlace, 'organizationId'>): boolean {
  return can(actor, 'packages:review', organizationId)
}

/**
 * Packages that the actor may see, all in registries that he sees: those that were let in, all of DEVELOPER registries,
 * his own and those of whom he publishes for, and all about which he may decide.
 */
export function visiblePackages(actor: Actor): Prisma.PackageWhereInput {
  const reviews = reachOf(actor, 'packages:review')
  if (reviews.everywhere) return {}
  const own = actor.principalId === null ? [] : [{ submittedById: actor.principalId }]
  const publishing = publishingFor(actor)
  const organizationIds = publishing.filter((id) => id !== null)
  return {
    registry: visibleRegistries(actor),
    OR: [
      { status: { in: DECIDED } },
      { registry: { type: 'DEVELOPER' } },
      ...own,
      { plugin: { ownerId: { in: organizationIds } } },
      ...(publishing.includes(null) ? [{ plugin: { ownerId: null } }] : []),
      { registry: { organizationId: { in: reviews.organizationIds } } },
    ],
  }
}

/** What of a package decides who sees it. */
export interface PackagePlace {
  status: PackageStatus
  submittedById: string | null
  ownerId: string | null
  registry: RegistryPlace
}

/** Whether the actor may see a package; `visiblePackages` is its list twin. */
export function canSeePackage(actor: Actor, place: PackagePlace): boolean {
  const { status, submittedById, ownerId, registry } = place
  if (!canSeeRegistry(actor, registry)) return false
  if (DECIDED.includes(status) || registry.type === 'DEVELOPER' || canReview(actor, registry)) return true
  const isOwn = submittedById !== null && submittedById === actor.principalId
  return isOwn || publishingFor(actor).includes(ownerId)
}

/** Plugins that the actor may see: those of which he may see a package. */
export function visiblePlugins(actor: Actor): Prisma.PluginWhereInput {
  if (can(actor, 'packages:review', null)) return {}
  return { packages: { some: visiblePackages(actor) } }
}

/** Whether a site takes packages from a registry; `registriesOf` is its list twin. */
export function installsFrom(
  site: { id: string; organizationId: string },
  { type, organizationId, siteId }: RegistryPlace & { siteId: string | null },
): boolean {
  if (type === 'SITE') return siteId === site.id
  if (organizationId === null) return type === 'ENTERPRISE'
  return organizationId === site.organizationId
}

/** Registries from which a site takes packages. A DEVELOPER registry of the platform belongs to no site. */
export function registriesOf(site: { id: string; organizationId: string }): Prisma.RegistryWhereInput {
  return {
    OR: [
      { type: 'ENTERPRISE', organizationId: null },
      { type: { in: ['ENTERPRISE', 'DEVELOPER'] }, organizationId: site.organizationId },
      { type: 'SITE', siteId: site.id },
    ],
  }
}

/** Packages that may be newly installed at a site. What is installed there already runs on also where it was yanked. */
export function installableAt(site: { id: string; organizationId: string }): Prisma.PackageWhereInput {
  return { status: 'APPROVED', yankedAt: null, registry: registriesOf(site) }
}

/** Organizations in whose name the actor may submit; null among them is the platform. */
export function publishingFor(actor: Actor): (string | null)[] {
  return actor.grants.filter((grant) => gives(grant, 'packages:submit')).map((grant) => grant.organizationId)
}

/**
 * Whether the actor may submit a version of a plugin of that owner, deprecate and yank it. In the owner's DEVELOPER
 * registry, all may submit who work there.
 */
export function canPublish(actor: Actor, ownerId: string | null, registry?: RegistryPlace): boolean {
  const names = publishingFor(actor)
  if (names.includes(null) || (ownerId !== null && names.includes(ownerId))) return true
  return registry?.type === 'DEVELOPER' && registry.organizationId === ownerId && canSubmit(actor, registry)
}

function canAny(actor: Actor, permissions: readonly Permission[], organizationId: string | null): boolean {
  return permissions.some((permission) => can(actor, permission, organizationId))
}

function reachOfAny(actor: Actor, permissions: readonly Permission[]): Reach {
  const reaches = permissions.map((permission) => reachOf(actor, permission))
  const organizationIds = reaches.flatMap((reach) => (reach.everywhere ? [] : reach.organizationIds))
  return reaches.some((reach) => reach.everywhere)
    ? { everywhere: true }
    : { everywhere: false, organizationIds: [...new Set(organizationIds)] }
}

function ofReach(reach: Reach): Prisma.RegistryWhereInput {
  return reach.everywhere ? {} : { organizationId: { in: reach.organizationIds } }
}
