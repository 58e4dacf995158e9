import { z } from 'zod'
import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { visiblePublisherKeys } from './policy.ts'

const Input = z.object({ reason: prose })

/**
 * Takes a publisher's key out of use, for good: nothing more is accepted under it, and what it signed is KEY_REVOKED, so
 * that organizations which require signatures install it no more. Returns its id.
 */
export async function revokePublisherKey(
  app: App,
  actor: Actor,
  input: { publisherKeyId: string; reason: string },
): Promise<string> {
  requireKnown(actor)
  const found = await app.database.prisma.publisherKey.findFirst({
    where: { AND: [{ id: input.publisherKeyId }, visiblePublisherKeys(actor)] },
    select: { id: true, keyId: true, organizationId: true, revokedAt: true },
  })
  // Whoever sees a key submits or reviews for its owner: the one may take his key back, the other may end trust in it.
  if (found === null) throw notFound('publisher key')
  const { reason } = checkInput(Input, input)
  const { organizationId, keyId } = found
  const at = app.clock.now()
  await change(app, async (tx) => {
    const revoked = await tx.publisherKey.updateMany({
      where: { id: found.id, revokedAt: null },
      data: { revokedAt: at, revokedById: actor.principalId, revokeReason: reason },
    })
    if (revoked.count === 0) throw new UserError('INVALID_STATE', `The key ${keyId} is revoked already.`)
    const changed = { before: { revoked: false }, after: { revoked: true, reason } }
    const scope = { organizationId, subjectId: found.id, ...by(actor), changed, at }
    await record(tx, 'publisher_key.revoked', { keyId, reason }, scope)
  })
  return found.id
}
