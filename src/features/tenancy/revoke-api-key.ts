import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { notFound, RequestError } from '../../lib/errors.ts'
import { lockPlatformAdministrators, requirePlatformAdministrator } from './platform-administrators.ts'
import { canManageRole, visibleApiKeys } from './policy.ts'

/**
 * Ends a key for good: new requests are refused at once, open streams are closed within a second. Twice is once. The last
 * administrator of the platform stays.
 */
export async function revokeApiKey(app: App, actor: Actor, apiKeyId: string): Promise<string> {
  requireKnown(actor)
  const key = await app.database.prisma.apiKey.findFirst({
    where: { AND: [{ id: apiKeyId }, visibleApiKeys(actor)] },
    select: {
      prefix: true,
      principal: { select: { memberships: { select: { organizationId: true, role: true } } } },
    },
  })
  if (key === null) throw notFound('API key')
  const organizations = key.principal.memberships.map((membership) => membership.organizationId)
  if (apiKeyId !== actor.principalId && !organizations.every((id) => canManageRole(actor, id))) {
    throw new RequestError('FORBIDDEN', 'Only an administrator of all its organizations may revoke this key.')
  }
  const at = app.clock.now()
  const ofPlatform = key.principal.memberships.some(
    ({ role, organizationId }) => organizationId === null && role === 'ADMIN',
  )
  await change(app, async (tx) => {
    if (ofPlatform) await lockPlatformAdministrators(tx)
    const revoked = await tx.apiKey.updateMany({
      where: { id: apiKeyId, revokedAt: null },
      data: { revokedAt: at },
    })
    if (revoked.count === 0) return
    if (ofPlatform) await requirePlatformAdministrator(tx, app)
    const scope = {
      organizationId: organizations[0] ?? null,
      subjectId: apiKeyId,
      ...by(actor),
      at,
    }
    await record(tx, 'api_key.revoked', { prefix: key.prefix }, scope)
  })
  return apiKeyId
}
