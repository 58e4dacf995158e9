import type { App } from '../../app.ts'
import type { Happened } from '../../events/happened.ts'
import { newId } from '../../lib/ids.ts'
import { matchWebhooks } from './match-webhooks.ts'

/** Rows in one statement: enough that a flood is few of them, few enough that none holds its transaction for long. */
const ROWS_AT_ONCE = 5_000

/**
 * Makes a delivery of each of the events for each webhook that it concerns, once however often the events are read. Returns for
 * each event the ids of those that have not ended.
 */
export async function makeDeliveries(
  app: App,
  events: readonly (Happened & { id: string })[],
): Promise<string[][]> {
  const webhookIds = await matchWebhooks(app, events)
  const wanted = events.flatMap(({ id, organizationId }, index) =>
    webhookIds[index]!.map((webhookId) => ({ eventId: id, organizationId, webhookId })),
  )
  if (wanted.length === 0) return events.map(() => [])
  const now = app.clock.now()
  for (let start = 0; start < wanted.length; start += ROWS_AT_ONCE) {
    const part = wanted.slice(start, start + ROWS_AT_ONCE)
    // By SQL of our own: a parameter for each column, not for each row and column.
    await app.database.prisma.$executeRaw`
      insert into webhook_delivery (id, organization_id, webhook_id, event_id, status, next_attempt_at, created_at)
      select id, organization_id, webhook_id, event_id, 'PENDING', ${now}, ${now}
      from unnest(${part.map(() => newId())}::uuid[], ${part.map((it) => it.organizationId)}::uuid[],
        ${part.map((it) => it.webhookId)}::uuid[], ${part.map((it) => it.eventId)}::uuid[])
        as made (id, organization_id, webhook_id, event_id)
      on conflict do nothing`
  }
  const made = await app.database.prisma.webhookDelivery.findMany({
    where: {
      eventId: { in: [...new Set(wanted.map(({ eventId }) => eventId))] },
      repeatsId: null,
      finishedAt: null,
    },
    select: { id: true, eventId: true },
    orderBy: { id: 'asc' },
  })
  const ofEvent = Map.groupBy(made, ({ eventId }) => eventId)
  return events.map(({ id }) => (ofEvent.get(id) ?? []).map((delivery) => delivery.id))
}
