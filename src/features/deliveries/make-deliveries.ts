import type { App } from '../../app.ts'
import type { EventRecord } from '../../events/catalog.ts'
import { newId } from '../../lib/ids.ts'
import { matchWebhooks } from './match-webhooks.ts'

/**
 * Makes a delivery of an event for each webhook that it concerns, once however often the event is read. Returns the ids of those that
 * have not ended.
 */
export async function makeDeliveries(app: App, event: EventRecord): Promise<string[]> {
  const { id: eventId, organizationId } = event
  const webhookIds = await matchWebhooks(app, event)
  if (organizationId === null || webhookIds.length === 0) return []
  const now = app.clock.now()
  await app.database.prisma.webhookDelivery.createMany({
    data: webhookIds.map((webhookId) => ({
      id: newId(),
      organizationId,
      webhookId,
      eventId,
      status: 'PENDING' as const,
      nextAttemptAt: now,
      createdAt: now,
    })),
    skipDuplicates: true,
  })
  const made = await app.database.prisma.webhookDelivery.findMany({
    where: { eventId, repeatsId: null, finishedAt: null },
    select: { id: true },
  })
  return made.map(({ id }) => id)
}
