import type { App } from '../app.ts'
import { RequestError } from '../lib/errors.ts'
import { KiB, minutes } from '../lib/units.ts'
import { sha256 } from '../platform/crypto.ts'
import type { Clock } from '../platform/clock.ts'
import type { Tx } from '../platform/database.ts'
import { STRANGER, type Actor } from './actor.ts'
import { findApiKey } from './find-api-key.ts'
import { grantOf, MEMBERSHIP } from './memberships.ts'
import { signIn } from './sign-in.ts'

/** `lastUsedAt` is written at most this often for a key, so that reading does not become writing. */
const LAST_USED_PRECISION_MS = minutes(1)

/** A key in any of the shapes in which requests carry it is far shorter than this. */
const MAX_KEY_LENGTH = 512
/** Tokens with hundreds of groups have 5 KiB; Node takes headers of 16 KiB in all. */
const MAX_TOKEN_LENGTH = 8 * KiB
/** Three parts of base64url, as of RFC 7515, 7.1. Keys have no dots. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/

const MEMBERSHIPS = { memberships: { select: MEMBERSHIP } } as const

/**
 * Who sends this `Authorization` value (of a header, or of a WebSocket's `connectionParams`). No value is a stranger;
 * a value that is not a valid key or token is UNAUTHENTICATED, and nobody is told whether a key is unknown, expired or
 * revoked. UNAVAILABLE where the issuer of tokens does not answer.
 */
export async function authenticate(app: App, authorization: string | null | undefined): Promise<Actor> {
  // An empty credential is none: a client whose key field is not filled in yet may still read the schema.
  if (authorization === null || authorization === undefined || /^Bearer\s*$/i.test(authorization))
    return STRANGER
  const given = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization.slice(0, MAX_TOKEN_LENGTH + 1))?.[1]
  if (given === undefined || authorization.length > MAX_TOKEN_LENGTH) throw refused()
  if (app.issuer !== null && TOKEN.test(given)) return await signIn(app, app.issuer, given)
  if (given.length > MAX_KEY_LENGTH) throw refused()
  return await keyHolder(app, given)
}

async function keyHolder({ database, clock }: App, key: string): Promise<Actor> {
  const found = await findApiKey(database.pool, sha256(key))
  const now = clock.now()
  if (found === null || !isUsable(found, now)) throw refused()
  if (found.lastUsedAt === null || now.getTime() - found.lastUsedAt.getTime() > LAST_USED_PRECISION_MS) {
    await database.prisma.apiKey.updateMany({ where: { id: found.id }, data: { lastUsedAt: now } })
  }
  return { principalId: found.id, kind: 'api-key', grants: found.memberships.map(grantOf) }
}

/**
 * What these principals may do now, by what is stored of them; one that is not in the answer may do nothing any more.
 * What a user's token gives besides is in the token alone: `asOfNow`.
 */
export async function actorsNow(
  database: { prisma: Pick<Tx, 'principal'> },
  clock: Clock,
  principalIds: string[],
): Promise<Map<string, Actor>> {
  const rows = await database.prisma.principal.findMany({
    where: { id: { in: principalIds } },
    select: {
      id: true,
      kind: true,
      apiKey: { select: { expiresAt: true, revokedAt: true } },
      ...MEMBERSHIPS,
    },
  })
  const now = clock.now()
  return new Map(
    rows
      .filter(({ apiKey }) => apiKey === null || isUsable(apiKey, now))
      .map(({ id, kind, memberships }): [string, Actor] => [
        id,
        { principalId: id, kind: kind === 'USER' ? 'user' : 'api-key', grants: memberships.map(grantOf) },
      ]),
  )
}

/** An actor who came a while ago, by what is stored of him now; undefined where he may do nothing any more. */
export function asOfNow(actor: Actor, stored: Actor | undefined, now: Date): Actor | undefined {
  if (stored === undefined || isOver(actor, now)) return undefined
  const { token } = actor
  return token === undefined ? stored : { ...stored, grants: [...stored.grants, ...token.grants], token }
}

/** Whether the token that the actor came with has ended. */
export function isOver({ token }: Actor, now: Date): boolean {
  return token !== undefined && token.until <= now
}

function isUsable(key: { revokedAt: Date | null; expiresAt: Date | null }, now: Date): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now)
}

function refused(): RequestError {
  return new RequestError(
    'UNAUTHENTICATED',
    'This API key is not valid. Send `Authorization: Bearer <key>` with a key that is neither expired nor revoked.',
  )
}
