import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/** Deployments that the actor may see: those of his organizations; one over several only with a role on the platform. */
export function visibleDeployments(actor: Actor): Prisma.DeploymentWhereInput {
  return withinReach(reachOf(actor, 'installations:read'))
}
