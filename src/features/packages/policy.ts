import type { Actor } from '../../auth/actor.ts'
import { can, canAnywhere } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/**
 * Packages that the actor may see: who decides about packages sees all, publishers see their organizations' and their
 * own, and everybody with a key sees what was approved (and what was revoked since, for it may be installed).
 */
export function visiblePackages(actor: Actor): Prisma.PackageWhereInput {
  if (can(actor, 'packages:review', null)) return {}
  if (!canAnywhere(actor, 'plugins:read')) return { id: { in: [] } }
  const own = actor.principalId === null ? [] : [{ submittedById: actor.principalId }]
  return { OR: [{ status: { in: ['APPROVED', 'REVOKED'] } }, ...own, ownedBy(actor)] }
}

/** Plugins that the actor may see: those of which he may see a package. */
export function visiblePlugins(actor: Actor): Prisma.PluginWhereInput {
  if (can(actor, 'packages:review', null)) return {}
  return { packages: { some: visiblePackages(actor) } }
}

/** Organizations in whose name the actor may submit; null among them is the platform. */
export function publishingFor(actor: Actor): (string | null)[] {
  return actor.grants
    .filter((grant) => grant.role === 'PUBLISHER' || grant.role === 'ADMIN')
    .map((grant) => grant.organizationId)
}

/** Whether the actor may submit a version of a plugin of that owner. */
export function canPublish(actor: Actor, ownerId: string | null): boolean {
  const names = publishingFor(actor)
  return names.includes(null) || (ownerId !== null && names.includes(ownerId))
}

function ownedBy(actor: Actor): Prisma.PackageWhereInput {
  const organizationIds = publishingFor(actor).filter((id) => id !== null)
  return { plugin: { ownerId: { in: organizationIds } } }
}
