import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/** Webhooks that the actor may see: those of his organizations, and of plugins at their sites. */
export function visibleWebhooks(actor: Actor): Prisma.WebhookWhereInput {
  return withinReach(reachOf(actor, 'installations:read'))
}

/** What went, or is to go, to those. */
export function visibleDeliveries(actor: Actor): Prisma.WebhookDeliveryWhereInput {
  return withinReach(reachOf(actor, 'installations:read'))
}

/**
 * What there is now: an organization's own, and what the version of a plugin brings that is in force at its site. The others are
 * history, which a rollback or an installation that finds its data brings back.
 */
export const CURRENT_WEBHOOK: Prisma.WebhookWhereInput = {
  OR: [
    { installationId: null },
    { installation: { supersededById: null, inForce: true, status: { not: 'UNINSTALLED' } } },
  ],
}
