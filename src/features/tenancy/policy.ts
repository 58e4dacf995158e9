import type { Actor } from '../../auth/actor.ts'
import { can, reachOf } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/** Organizations that the actor may see. */
export function visibleOrganizations(actor: Actor): Prisma.OrganizationWhereInput {
  const reach = reachOf(actor, 'tenancy:read')
  return reach.everywhere ? {} : { id: { in: reach.organizationIds } }
}

/** Sites that the actor may see: those of the organizations that he may see. */
export function visibleSites(actor: Actor): Prisma.SiteWhereInput {
  const reach = reachOf(actor, 'tenancy:read')
  return reach.everywhere ? {} : { organizationId: { in: reach.organizationIds } }
}

/** API keys that the actor may see: his own, and those whose every role is in his scope as an administrator. */
export function visibleApiKeys(actor: Actor): Prisma.ApiKeyWhereInput {
  const reach = reachOf(actor, 'tenancy:manage')
  if (reach.everywhere) return {}
  const own = actor.principalId === null ? [] : [{ id: actor.principalId }]
  const managed = {
    principal: { memberships: { some: {}, every: { organizationId: { in: reach.organizationIds } } } },
  }
  return { OR: [...own, ...(reach.organizationIds.length > 0 ? [managed] : [])] }
}

/** Whether the actor may see all of a key; `visibleApiKeys` is its list twin. */
export function canSeeApiKey(
  actor: Actor,
  key: { id: string; memberships: readonly { organizationId: string | null }[] },
): boolean {
  if (key.id === actor.principalId || can(actor, 'tenancy:manage', null)) return true
  return (
    key.memberships.length > 0 &&
    key.memberships.every(
      ({ organizationId }) => organizationId !== null && can(actor, 'tenancy:manage', organizationId),
    )
  )
}

/** Users that the actor may see: himself, and those who have a role in an organization that he sees. */
export function visibleUsers(actor: Actor): Prisma.UserWhereInput {
  const reach = reachOf(actor, 'tenancy:read')
  if (reach.everywhere) return {}
  const own = actor.principalId === null ? [] : [{ id: actor.principalId }]
  return { OR: [...own, { principal: memberIn(reach.organizationIds) }] }
}

function memberIn(organizationIds: string[]): Prisma.PrincipalWhereInput {
  return { memberships: { some: { organizationId: { in: organizationIds } } } }
}

/** Whether the actor may see a user; `visibleUsers` is its list twin. */
export function canSeeUser(
  actor: Actor,
  user: { id: string; memberships: readonly { organizationId: string | null }[] },
): boolean {
  if (user.id === actor.principalId || can(actor, 'tenancy:read', null)) return true
  return user.memberships.some((membership) => canSeeMembership(actor, membership))
}

/** Whether the actor may know of a role of somebody else. */
export function canSeeMembership(
  actor: Actor,
  { organizationId }: { organizationId: string | null },
): boolean {
  return can(actor, 'tenancy:read', organizationId)
}

/** Whether the actor may hand out or take away a role there. A role on the platform is the platform's to give. */
export function canManageRole(actor: Actor, organizationId: string | null): boolean {
  return can(actor, 'tenancy:manage', organizationId)
}
