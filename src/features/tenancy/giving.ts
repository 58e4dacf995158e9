import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, reaches, requireIn, requireOnPlatform } from '../../auth/authorize.ts'
import { PERMISSIONS, ROLE_PERMISSIONS, type Permission } from '../../auth/permissions.ts'
import { didYouMean } from '../../archive/closest.ts'
import { quote } from '../../archive/quote.ts'
import type { Role } from '../../generated/prisma/enums.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import { checkOrganization } from './existing-organization.ts'
import { contributedLoader, holdsContributed } from './contributed-permissions.ts'

/** Roles and keys are handed out and taken away by whoever manages the tenancy where they hold; null: on the platform. */
export async function requireManager(app: App, actor: Actor, organizationId: string | null): Promise<void> {
  if (organizationId === null) return requireOnPlatform(actor, 'tenancy:manage')
  requireIn(actor, 'tenancy:manage', organizationId, 'organization')
  await checkOrganization(app, organizationId)
}

/** Nobody gives a whole role who was himself given less: FORBIDDEN. */
export function requireWhole(actor: Actor, role: Role, organizationId: string | null): void {
  const whole = actor.grants.some(
    (grant) =>
      reaches(grant, organizationId) &&
      grant.permissions === null &&
      (grant.role === 'ADMIN' || grant.role === role),
  )
  if (whole) return
  throw new RequestError(
    'FORBIDDEN',
    `Your own role was narrowed: you cannot give the whole role ${role}, only permissions that you hold.`,
  )
}

/** Nobody gives a permission that he does not hold there: FORBIDDEN. */
export async function requireHeld(
  app: App,
  actor: Actor,
  permission: string,
  organizationId: string | null,
): Promise<void> {
  if (await holds(app, actor, permission, organizationId)) return
  throw new RequestError(
    'FORBIDDEN',
    `You do not hold ${quote(permission)} there, so that you cannot give it.`,
  )
}

async function holds(
  app: App,
  actor: Actor,
  permission: string,
  organizationId: string | null,
): Promise<boolean> {
  if (isOwn(permission)) return can(actor, permission, organizationId)
  return organizationId !== null && (await holdsContributed(app, actor, permission, organizationId))
}

/**
 * The permissions to which a role is narrowed, each once: those of the role itself, and of plugins those that it was given
 * there (an administrator: all that are contributed there). INVALID_INPUT, with what there is, for any other.
 */
export async function checkNarrowing(
  app: App,
  role: Role,
  organizationId: string | null,
  permissions: readonly string[],
): Promise<string[]> {
  if (permissions.length === 0)
    throw invalid('names no permission: leave it out for all that the role gives.')
  const wanted = [...new Set(permissions)]
  const own = PERMISSIONS.filter((permission) => ROLE_PERMISSIONS[role].has(permission))
  const there = [...own, ...(await contributedTo(app, role, organizationId))]
  const strange = wanted.find((permission) => !there.includes(permission))
  if (strange === undefined) return wanted.sort()
  throw invalid(
    `holds ${quote(strange)}, which ${role} does not give there.${didYouMean(strange, there)} There are: ${there.join(', ')}.`,
  )
}

async function contributedTo(app: App, role: Role, organizationId: string | null): Promise<string[]> {
  if (organizationId === null) return []
  const { installed, given } = await contributedLoader(app).load(organizationId)
  const ofRole = given.filter((it) => it.role === role).map(({ permission }) => permission)
  return role === 'ADMIN' ? installed : ofRole
}

function isOwn(permission: string): permission is Permission {
  return PERMISSIONS.some((known) => known === permission)
}

function invalid(problem: string): UserError {
  return new UserError('INVALID_INPUT', `permissions ${problem}`, ['permissions'])
}
