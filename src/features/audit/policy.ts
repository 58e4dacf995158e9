import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/** Entries that the actor may see: of his organizations; the platform's own with a role on the platform. */
export function visibleEntries(actor: Actor): Prisma.AuditEntryWhereInput {
  return withinReach(reachOf(actor, 'audit:read'))
}
