import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/** Deliveries of events that the actor may see: those to the installations of his organizations. */
export function visibleEventDeliveries(actor: Actor): Prisma.EventDeliveryWhereInput {
  return withinReach(reachOf(actor, 'installations:read'))
}

/** Runs of plugin code that the actor may see. */
export function visibleInvocations(actor: Actor): Prisma.InvocationWhereInput {
  return withinReach(reachOf(actor, 'installations:read'))
}
