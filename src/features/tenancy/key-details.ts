import DataLoader from 'dataloader'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { MEMBERSHIP, type StoredMembership } from '../../auth/memberships.ts'
import { canSeeApiKey, canSeeMembership } from './policy.ts'

/** What somebody may know of an API key. */
export interface KeyDetails {
  name: string
  /** Empty for whom it is a stranger's. */
  prefix: string
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
  /** For whom it is a stranger's, only those in organizations that he sees. */
  memberships: StoredMembership[]
}

/**
 * API keys as the actor may see them, all of a request in one query. Who submitted or decided is told to everybody who
 * may read of it: of a key that is not his to see, he learns the name, and nothing of other organizations.
 */
export function keyDetailsFor(app: App, actor: Actor): DataLoader<string, KeyDetails> {
  return new DataLoader(async (ids) => {
    const rows = await app.database.prisma.apiKey.findMany({
      where: { id: { in: [...ids] } },
      select: {
        id: true,
        name: true,
        prefix: true,
        createdAt: true,
        expiresAt: true,
        lastUsedAt: true,
        revokedAt: true,
        principal: {
          select: {
            memberships: {
              select: MEMBERSHIP,
              orderBy: { id: 'asc' },
            },
          },
        },
      },
    })
    const details = new Map(
      rows.map(({ id, principal: { memberships }, ...key }) => {
        const whole = { ...key, memberships }
        return [id, canSeeApiKey(actor, { id, memberships }) ? whole : ofStranger(actor, whole)]
      }),
    )
    return ids.map((id) => details.get(id) ?? new Error(`There is no API key ${id}.`))
  })
}

function ofStranger(actor: Actor, key: KeyDetails): KeyDetails {
  return {
    ...key,
    prefix: '',
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    memberships: key.memberships.filter((membership) => canSeeMembership(actor, membership)),
  }
}
