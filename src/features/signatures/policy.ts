import type { Actor } from '../../auth/actor.ts'
import { reachOf } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/** Publisher keys that the actor may see, and revoke: those of whom he submits or reviews for. Their public halves say nothing; their names may. */
export function visiblePublisherKeys(actor: Actor): Prisma.PublisherKeyWhereInput {
  const reach = reachOf(actor, 'packages:submit')
  const reviews = reachOf(actor, 'packages:review')
  if (reach.everywhere || reviews.everywhere) return {}
  return { organizationId: { in: [...reach.organizationIds, ...reviews.organizationIds] } }
}
