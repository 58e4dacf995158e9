import type { App } from '../../app.ts'
import { UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'

/** Held by whoever takes one of them away, to the end of his transaction: two who take each other's take their turns. */
export async function lockPlatformAdministrators(tx: Tx): Promise<void> {
  await tx.$queryRaw`select 1 as held from membership where organization_id is null and role = 'ADMIN'
    order by id for update`
}

/**
 * INVALID_STATE, and so nothing changed, where nobody would be left who may do everything: a key that is neither revoked
 * nor expired, or a user who has signed in with the issuer of now. Called after the change, under the lock.
 */
export async function requirePlatformAdministrator(tx: Tx, app: App): Promise<void> {
  const { jwt } = app.config
  const usable = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: app.clock.now() } }] }
  const left = await tx.membership.count({
    where: {
      organizationId: null,
      role: 'ADMIN',
      narrowed: false,
      principal: {
        OR: [{ apiKey: { is: usable } }, ...(jwt === null ? [] : [{ user: { is: { issuer: jwt.issuer } } }])],
      },
    },
  })
  if (left > 0) return
  throw new UserError(
    'INVALID_STATE',
    'This is the last administrator of the platform: give somebody else the role ADMIN on the platform first.',
  )
}
