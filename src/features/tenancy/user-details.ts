import DataLoader from 'dataloader'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { MEMBERSHIP, type StoredMembership } from '../../auth/memberships.ts'
import { canSeeMembership, canSeeUser } from './policy.ts'

/** What somebody may know of a user. */
export interface UserDetails {
  name: string
  /** Empty for whom he is a stranger. */
  email: string
  /** Those in organizations that one sees; all of oneself. */
  memberships: StoredMembership[]
}

/**
 * Users as the actor may see them, all of a request in one query. Who submitted or decided is told to everybody who may
 * read of it: of a stranger he learns the name. Of a user who was given a role and has not come since, only the address.
 */
export function userDetailsFor(app: App, actor: Actor): DataLoader<string, UserDetails> {
  return new DataLoader(async (ids) => {
    const rows = await app.database.prisma.user.findMany({
      where: { id: { in: [...ids] } },
      select: {
        id: true,
        name: true,
        email: true,
        principal: {
          select: { memberships: { select: { ...MEMBERSHIP, accepted: true }, orderBy: { id: 'asc' } } },
        },
      },
    })
    const details = new Map(
      rows.map(({ id, name, email, principal: { memberships } }): [string, UserDetails] => {
        const shown = memberships.filter((membership) => canSeeMembership(actor, membership))
        if (id === actor.principalId)
          return [id, { name, email, memberships: [...memberships, ...ofToken(actor)] }]
        if (!canSeeUser(actor, { id, memberships })) return [id, { name, email: '', memberships: shown }]
        // Whoever gives a role to an address would learn whose it is.
        const accepted = memberships.filter((membership) => membership.accepted)
        const isKnown = canSeeUser(actor, { id, memberships: accepted })
        return [id, { name: isKnown ? name : email, email, memberships: shown }]
      }),
    )
    return ids.map((id) => details.get(id) ?? new Error(`There is no user ${id}.`))
  })
}

/** Roles that somebody has while his token lives. */
function ofToken({ token }: Actor): StoredMembership[] {
  return (token?.grants ?? []).map(({ role, organizationId }) => ({
    role,
    organizationId,
    narrowed: false,
    permissions: [],
  }))
}
