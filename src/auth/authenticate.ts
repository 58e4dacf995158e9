import { RequestError } from '../lib/errors.ts'
import { minutes } from '../lib/units.ts'
import { sha256 } from '../platform/crypto.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database, Tx } from '../platform/database.ts'
import { STRANGER, type Actor } from './actor.ts'

/** `lastUsedAt` is written at most this often for a key, so that reading does not become writing. */
const LAST_USED_PRECISION_MS = minutes(1)

/** A key in any of the shapes in which requests carry it is far shorter than this. */
const MAX_HEADER_LENGTH = 512

const SELECT = {
  id: true,
  expiresAt: true,
  revokedAt: true,
  lastUsedAt: true,
  principal: { select: { memberships: { select: { role: true, organizationId: true } } } },
} as const

/**
 * Who sends this `Authorization` value (of a header, or of a WebSocket's `connectionParams`). No value is a stranger;
 * a value that is not a valid key is UNAUTHENTICATED, and nobody is told whether it is unknown, expired or revoked.
 */
export async function authenticate(
  database: Database,
  clock: Clock,
  authorization: string | null | undefined,
): Promise<Actor> {
  // An empty credential is none: a client whose key field is not filled in yet may still read the schema.
  if (authorization === null || authorization === undefined || /^Bearer\s*$/i.test(authorization))
    return STRANGER
  const key = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization.slice(0, MAX_HEADER_LENGTH))?.[1]
  if (key === undefined) throw refused()
  const found = await database.prisma.apiKey.findUnique({ where: { hash: sha256(key) }, select: SELECT })
  const now = clock.now()
  if (found === null || !isUsable(found, now)) throw refused()
  if (found.lastUsedAt === null || now.getTime() - found.lastUsedAt.getTime() > LAST_USED_PRECISION_MS) {
    await database.prisma.apiKey.updateMany({ where: { id: found.id }, data: { lastUsedAt: now } })
  }
  return { principalId: found.id, kind: 'api-key', grants: found.principal.memberships }
}

/** What these principals may do now; one that is not in the answer may do nothing any more. */
export async function actorsNow(
  database: { prisma: Pick<Tx, 'apiKey'> },
  clock: Clock,
  principalIds: string[],
): Promise<Map<string, Actor>> {
  const rows = await database.prisma.apiKey.findMany({ where: { id: { in: principalIds } }, select: SELECT })
  const now = clock.now()
  return new Map(
    rows
      .filter((row) => isUsable(row, now))
      .map((row) => [row.id, { principalId: row.id, kind: 'api-key', grants: row.principal.memberships }]),
  )
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
