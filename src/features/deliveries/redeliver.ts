import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn, requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { visibleDeliveries } from '../webhooks/policy.ts'

/**
 * Sends what was sent, or could not be, once more: a delivery of its own, with attempts of its own, the same body and the same
 * `webhook-id`, by which a receiver that has it knows it. INVALID_STATE while the one that it repeats is still on its way, or the
 * webhook is switched off. Returns the new delivery's id.
 */
export async function redeliver(app: App, actor: Actor, deliveryId: string): Promise<string> {
  requireKnown(actor)
  const { prisma } = app.database
  const seen = await prisma.webhookDelivery.findFirst({
    where: { id: deliveryId, AND: [visibleDeliveries(actor)] },
    select: {
      id: true,
      organizationId: true,
      webhookId: true,
      eventId: true,
      repeatsId: true,
      body: true,
      finishedAt: true,
      webhook: { select: { name: true, enabled: true, siteId: true, pluginId: true } },
    },
  })
  if (seen === null) throw notFound('delivery')
  const { organizationId, webhookId, eventId, body, webhook } = seen
  requireIn(actor, 'installations:manage', organizationId, 'delivery')
  if (seen.finishedAt === null) throw refused('It is still on its way: wait until it is DELIVERED or DEAD.')
  if (!webhook.enabled)
    throw refused('Its webhook is switched off: switch it on with setWebhookEnabled first.')
  const event = await prisma.event.findUnique({ where: { id: eventId }, select: { type: true } })
  if (body === null && event === null) throw refused('The event is older than events are kept.')
  const id = newId()
  const repeatsId = seen.repeatsId ?? seen.id
  const at = app.clock.now()
  await change(app, async (tx) => {
    const status = 'PENDING' as const
    const data = {
      id,
      organizationId,
      webhookId,
      eventId,
      repeatsId,
      body,
      status,
      nextAttemptAt: at,
      createdAt: at,
    }
    await tx.webhookDelivery.create({ data, select: { id: true } })
    const payload = { name: webhook.name, eventType: event?.type ?? null, repeatsId }
    const { siteId, pluginId } = webhook
    await record(tx, 'webhook.redelivered', payload, {
      organizationId,
      siteId,
      pluginId,
      subjectId: id,
      ...by(actor),
      at,
    })
  })
  return id
}

function refused(message: string): UserError {
  return new UserError('INVALID_STATE', message, ['deliveryId'])
}
