import { notFound, RequestError } from '../lib/errors.ts'
import type { Actor, Grant } from './actor.ts'
import { ROLE_PERMISSIONS, type Permission } from './permissions.ts'

/** Where an actor holds a permission: on the whole platform, or in these organizations. */
export type Reach = { everywhere: true } | { everywhere: false; organizationIds: string[] }

/** Whether a role gives a permission, where it holds: the role permits it, and it was not given without. */
export function gives({ role, permissions }: Grant, permission: Permission): boolean {
  return ROLE_PERMISSIONS[role].has(permission) && (permissions === null || permissions.has(permission))
}

/** Whether the actor holds the permission in that organization; null asks for the whole platform. */
export function can(actor: Actor, permission: Permission, organizationId: string | null): boolean {
  return actor.grants.some((grant) => reaches(grant, organizationId) && gives(grant, permission))
}

/** Whether a role holds in that organization: it is one there, or on the platform. */
export function reaches(grant: Grant, organizationId: string | null): boolean {
  return grant.organizationId === null || grant.organizationId === organizationId
}

/** Where the actor holds the permission: the list twin of `can`. */
export function reachOf(actor: Actor, permission: Permission): Reach {
  const organizationIds: string[] = []
  for (const grant of actor.grants) {
    if (!gives(grant, permission)) continue
    if (grant.organizationId === null) return { everywhere: true }
    organizationIds.push(grant.organizationId)
  }
  return { everywhere: false, organizationIds }
}

/** Whether the actor holds the permission anywhere at all. */
export function canAnywhere(actor: Actor, permission: Permission): boolean {
  return actor.grants.some((grant) => gives(grant, permission))
}

/** A `where` for rows that carry their `organizationId`. */
export function withinReach(reach: Reach): { organizationId?: { in: string[] } } {
  return reach.everywhere ? {} : { organizationId: { in: reach.organizationIds } }
}

/** UNAUTHENTICATED for strangers, before anything else is told. */
export function requireKnown(actor: Actor): void {
  if (actor.kind !== 'stranger') return
  throw new RequestError(
    'UNAUTHENTICATED',
    'Send an API key or a token as `Authorization: Bearer <key>` (WebSocket: `connectionParams.authorization`).',
  )
}

/** Ends the request unless the actor holds the permission on the whole platform. */
export function requireOnPlatform(actor: Actor, permission: Permission): void {
  requireKnown(actor)
  if (!can(actor, permission, null)) throw forbidden(permission)
}

/** Ends the request unless the actor holds the permission somewhere. */
export function requireSomewhere(actor: Actor, permission: Permission): void {
  requireKnown(actor)
  if (!canAnywhere(actor, permission)) throw forbidden(permission)
}

/**
 * Ends the request unless the actor holds the permission in the organization: NOT_FOUND where he may not even see
 * it, FORBIDDEN where he sees it and may not do this.
 */
export function requireIn(actor: Actor, permission: Permission, organizationId: string, what: string): void {
  requireKnown(actor)
  if (can(actor, permission, organizationId)) return
  throw can(actor, 'tenancy:read', organizationId) ? forbidden(permission) : notFound(what)
}

function forbidden(permission: Permission): RequestError {
  return new RequestError('FORBIDDEN', `This needs the permission ${permission}, which you do not have here.`)
}
