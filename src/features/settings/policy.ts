import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { visiblePlugins } from '../packages/policy.ts'

/** Organizations' switches and settings that the actor may see: those of organizations whose installations he sees. */
export function visiblePluginConfigs(actor: Actor): Prisma.OrganizationPluginConfigWhereInput {
  return withinReach(reachOf(actor, 'installations:read'))
}

/** Revisions that the actor may see: of his organizations, and the global ones of plugins that he sees. */
export function visibleRevisions(actor: Actor): Prisma.SettingsRevisionWhereInput {
  const reach = reachOf(actor, 'installations:read')
  const own = reach.everywhere ? { organizationId: { not: null } } : withinReach(reach)
  return { OR: [{ scope: 'GLOBAL', plugin: visiblePlugins(actor) }, own] }
}
