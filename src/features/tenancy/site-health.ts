import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'

/** From worst to best: of several installations, the worst that any is tells how all are. */
export const BY_GRAVITY = ['UNHEALTHY', 'DEGRADED', 'HEALTHY', 'UNKNOWN'] as const satisfies HealthStatus[]

/** Installations whose health counts: what is not active is neither well nor ill. */
export const COUNTED: Prisma.InstallationWhereInput = { status: 'ACTIVE', supersededById: null }

/** Sites that are in one of these states, by what the actor may see of their installations. */
export function sitesOfHealth(actor: Actor, states: readonly HealthStatus[]): Prisma.SiteWhereInput {
  const seen = withinReach(reachOf(actor, 'installations:read'))
  const some = (healthStatus: HealthStatus): Prisma.SiteWhereInput => ({
    installations: { some: { AND: [COUNTED, seen, { healthStatus }] } },
  })
  return {
    OR: [...new Set(states)].map((state) => {
      const worse = BY_GRAVITY.slice(0, BY_GRAVITY.indexOf(state)).map((graver) => ({ NOT: some(graver) }))
      // Where nothing is known, or nothing is there, no other state holds.
      return { AND: [...worse, state === 'UNKNOWN' ? {} : some(state)] }
    }),
  }
}
