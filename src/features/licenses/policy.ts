import type { Actor } from '../../auth/actor.ts'
import { can, reachOf } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/** What of a licence decides who may do what with it. */
export interface LicensePlace {
  /** Null: of whoever has the key. */
  organizationId: string | null
  /** Whose plugin it is; null: the platform's. */
  plugin: { ownerId: string | null }
}

/** The same as a selection. */
export const LICENSE_PLACE = { organizationId: true, plugin: { select: { ownerId: true } } } as const

/**
 * Licences that the actor may see: those of his organizations, those of their plugins, and those whose seats their sites
 * hold, where a licence is of whoever has its key.
 */
export function visibleLicenses(actor: Actor): Prisma.LicenseWhereInput {
  const reach = reachOf(actor, 'licenses:read')
  if (reach.everywhere) return {}
  const own = { in: reach.organizationIds }
  return {
    OR: [
      { organizationId: own },
      { plugin: { ownerId: own } },
      { seats: { some: { site: { organizationId: own } } } },
    ],
  }
}

/** Whether the actor may issue, suspend, reinstate, renew and revoke licences of a plugin: who manages licences for its owner. */
export function canManageLicenses(actor: Actor, ownerId: string | null): boolean {
  return can(actor, 'licenses:manage', ownerId)
}

/** Whether the actor is shown the key in full: who issues it, and who manages the licences of the organization that uses it. */
export function canSeeLicenseKey(actor: Actor, { organizationId, plugin }: LicensePlace): boolean {
  if (canManageLicenses(actor, plugin.ownerId)) return true
  return organizationId !== null && can(actor, 'licenses:manage', organizationId)
}

/** Whether the actor is told of all seats; else, where a licence is of whoever has the key, only of those of his own sites. */
export function canSeeAllSeats(actor: Actor, { organizationId, plugin }: LicensePlace): boolean {
  if (can(actor, 'licenses:read', plugin.ownerId)) return true
  return organizationId !== null && can(actor, 'licenses:read', organizationId)
}
