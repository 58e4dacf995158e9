import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { manageableWebhook } from './manageable-webhook.ts'

/**
 * Switches a webhook on or off. Off, it is told nothing, and what waits is not sent any more; on, it begins with what happens from
 * then on, and is given five days anew. Returns its id.
 */
export async function setWebhookEnabled(
  app: App,
  actor: Actor,
  { webhookId, enabled }: { webhookId: string; enabled: boolean },
): Promise<string> {
  const { id, organizationId, pluginId, siteId, name } = await manageableWebhook(app, actor, webhookId)
  const at = app.clock.now()
  await change(app, async (tx) => {
    const { count } = await tx.webhook.updateMany({
      where: { id, enabled: !enabled },
      data: { enabled, disabledReason: null, failingSince: null, updatedAt: at },
    })
    // It is as it should be already.
    if (count === 0) {
      await actor.trail?.attempt?.settle(tx, { webhookId: id })
      return
    }
    const changed = { before: { enabled: !enabled }, after: { enabled } }
    const scope = { organizationId, siteId, pluginId, subjectId: id, ...by(actor), changed, at }
    if (enabled) await record(tx, 'webhook.enabled', { name }, scope)
    else await record(tx, 'webhook.disabled', { name, reason: null }, scope)
  })
  return id
}
