import type { App } from '../app.ts'
import { RequestError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { inTransaction, isUniqueViolation } from '../platform/database.ts'
import {
  IssuerUnavailable,
  TokenRefused,
  type TokenIssuer,
  type VerifiedToken,
} from '../platform/token-issuer.ts'
import type { Actor, Grant } from './actor.ts'
import { readEmail } from './email.ts'
import { grantOf, MEMBERSHIP } from './memberships.ts'
import { grantsOfClaims } from './token-grants.ts'

/**
 * Whose token it is, by its issuer and subject. A subject that was never seen becomes the user with its verified e-mail
 * address, once, or a new one. He holds his roles, and while the token lives those of its claims.
 */
export async function signIn(app: App, issuer: TokenIssuer, token: string): Promise<Actor> {
  const verified = await verifiedBy(issuer, token)
  const known = (await userOf(app, verified)) ?? (await adopted(app, verified))
  if (known.invitations > 0) await accept(app, known.id)
  const grants = await grantsOfClaims(app, verified.claims)
  return {
    principalId: known.id,
    kind: 'user',
    grants: [...known.grants, ...grants],
    token: { until: verified.until, grants },
  }
}

async function verifiedBy(issuer: TokenIssuer, token: string): Promise<VerifiedToken> {
  try {
    return await issuer.verify(token)
  } catch (error) {
    if (error instanceof IssuerUnavailable) throw new RequestError('UNAVAILABLE', error.message)
    if (error instanceof TokenRefused) throw refused(error.message)
    throw error
  }
}

function refused(reason: string): RequestError {
  return new RequestError('UNAUTHENTICATED', `This token is not accepted. ${reason}`)
}

interface KnownUser {
  id: string
  grants: Grant[]
  /** Roles that he was given since he last came. */
  invitations: number
}

async function userOf(app: App, { subject, claims }: VerifiedToken): Promise<KnownUser | null> {
  const found = await app.database.prisma.user.findUnique({
    where: { issuer_subject: { issuer: claims.iss!, subject } },
    select: {
      id: true,
      principal: { select: { memberships: { select: { ...MEMBERSHIP, accepted: true } } } },
    },
  })
  if (found === null) return null
  const { memberships } = found.principal
  const invitations = memberships.filter(({ accepted }) => !accepted).length
  return { id: found.id, grants: memberships.map(grantOf), invitations }
}

/** From now on those with whom he shares an organization are told his name. */
async function accept(app: App, principalId: string): Promise<void> {
  const where = { principalId, accepted: false }
  await app.database.prisma.membership.updateMany({ where, data: { accepted: true } })
}

/** Makes the subject known: as the user who was given roles by his address before he came, or as a new one. */
async function adopted(app: App, verified: VerifiedToken): Promise<KnownUser> {
  const { claims } = verified
  // A claim that anybody may fill in at the issuer would let him be anybody here.
  if (claims['email_verified'] !== true) throw refused('Its issuer has not verified your e-mail address.')
  const email = typeof claims['email'] === 'string' ? readEmail(claims['email']) : null
  if (email === null) throw refused('It holds no e-mail address of ASCII characters.')
  try {
    await link(app, verified, email)
  } catch (error) {
    // Another request of the same user was faster.
    if (!isUniqueViolation(error)) throw error
  }
  const known = await userOf(app, verified)
  if (known === null) throw refused('Its e-mail address belongs to another account of the issuer.')
  app.log.info({ principal: known.id }, 'a user has signed in for the first time')
  return known
}

async function link(app: App, { subject, claims }: VerifiedToken, email: string): Promise<void> {
  const identity = { issuer: claims.iss!, subject, name: nameIn(claims) ?? email }
  const createdAt = app.clock.now()
  await inTransaction(app.database.prisma, async (tx) => {
    const there = await tx.user.findUnique({ where: { email }, select: { id: true } })
    const id = there?.id ?? newId()
    if (there === null) {
      await tx.principal.create({ data: { id, kind: 'USER', createdAt }, select: { id: true } })
      await tx.user.create({ data: { id, email, ...identity, createdAt }, select: { id: true } })
    } else {
      const linked = await tx.user.updateMany({ where: { id, issuer: null }, data: identity })
      if (linked.count === 0) return
    }
    // In the platform's log alone: an event would be told to all.
    const who = { actorId: id, subjectId: id, organizationId: null, requestId: null, pluginId: null }
    const details = { before: null, after: { email, issuer: identity.issuer, wasGivenRoles: there !== null } }
    await tx.auditEntry.create({
      data: {
        id: newId(),
        ...who,
        action: 'user.joined',
        success: true,
        error: null,
        details,
        at: createdAt,
      },
      select: { id: true },
    })
  })
}

const MAX_NAME = 200

function nameIn(claims: Readonly<Record<string, unknown>>): string | null {
  const given = [claims['name'], claims['preferred_username']].find((it) => typeof it === 'string')
  const name = given?.toWellFormed().replaceAll(UNSEEN, '').trim().slice(0, MAX_NAME).toWellFormed()
  return name === undefined || name === '' ? null : name
}

/** Control characters, and those that turn the direction of what follows. */
const UNSEEN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu
