import type { App } from '../../app.ts'
import type { Webhook } from '../../archive/webhook.ts'
import type { DeliveryStatus } from '../../generated/prisma/enums.ts'

/** A delivery with the webhook that it goes by. */
export interface Delivery {
  id: string
  organizationId: string
  webhookId: string
  eventId: string
  /** The first of its event, which this one repeats; null: it is that itself. */
  repeatsId: string | null
  status: DeliveryStatus
  /** Null: it was not made yet. */
  body: string | null
  /** Those that have ended. */
  attempts: number
  /** The number of the one that was begun last. */
  attempt: number
  nextAttemptAt: Date | null
  webhook: {
    id: string
    name: string
    enabled: boolean
    pluginId: string | null
    siteId: string | null
    installationId: string | null
    definition: Webhook
  }
}

/** One that is still to be delivered; null where there is none, or it has ended. */
export async function loadDelivery(app: App, deliveryId: string): Promise<Delivery | null> {
  const row = await app.database.prisma.webhookDelivery.findUnique({
    where: { id: deliveryId, finishedAt: null },
    select: {
      id: true,
      organizationId: true,
      webhookId: true,
      eventId: true,
      repeatsId: true,
      status: true,
      body: true,
      attempts: true,
      attempt: true,
      nextAttemptAt: true,
      webhook: {
        select: {
          id: true,
          name: true,
          enabled: true,
          pluginId: true,
          siteId: true,
          installationId: true,
          definition: true,
        },
      },
    },
  })
  if (row === null) return null
  const definition = row.webhook.definition as unknown as Webhook
  return {
    ...row,
    attempts: Array.isArray(row.attempts) ? row.attempts.length : 0,
    webhook: { ...row.webhook, definition },
  }
}
