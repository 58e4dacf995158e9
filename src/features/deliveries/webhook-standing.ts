import type { App } from '../../app.ts'
import { record } from '../../events/record.ts'
import { days } from '../../lib/units.ts'
import type { Tx } from '../../platform/database.ts'
import type { Delivery } from './load-delivery.ts'

/** After so long of nothing but failures nobody listens there any more; Standard Webhooks advises some days. */
const PATIENCE_MS = days(5)

/** Something got there: whatever failed before does not count any more. */
export async function noteSuccess(tx: Tx, webhookId: string): Promise<void> {
  await tx.webhook.updateMany({
    where: { id: webhookId, failingSince: { not: null } },
    data: { failingSince: null },
  })
}

/** Something did not: after five days of nothing else the webhook is switched off. */
export async function noteFailure(tx: Tx, app: App, delivery: Delivery): Promise<void> {
  const now = app.clock.now()
  const { webhookId: id } = delivery
  await tx.webhook.updateMany({ where: { id, failingSince: null }, data: { failingSince: now } })
  const webhook = await tx.webhook.findUnique({ where: { id }, select: { failingSince: true } })
  const since = webhook?.failingSince?.getTime() ?? now.getTime()
  if (now.getTime() - since < PATIENCE_MS) return
  await disableWebhook(tx, app, delivery, 'Nothing got there for five days.')
}

/** Switches a webhook off by itself, once, and tells it. */
export async function disableWebhook(tx: Tx, app: App, delivery: Delivery, reason: string): Promise<void> {
  const { webhookId: id, organizationId, webhook } = delivery
  const at = app.clock.now()
  const { count } = await tx.webhook.updateMany({
    where: { id, enabled: true },
    data: { enabled: false, disabledReason: reason, updatedAt: at },
  })
  if (count === 0) return
  await record(
    tx,
    'webhook.disabled',
    { name: webhook.name, reason },
    {
      organizationId,
      siteId: webhook.siteId,
      pluginId: webhook.pluginId,
      subjectId: id,
      actorId: null,
      changed: { before: { enabled: true }, after: { enabled: false } },
      at,
    },
  )
}
