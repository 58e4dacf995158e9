import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { manageableWebhook } from './manageable-webhook.ts'

/**
 * Takes a webhook of an organization's own away, with what it has delivered and was to deliver. What a plugin brings goes with the
 * plugin (INVALID_STATE). Returns the id that it had.
 */
export async function deleteWebhook(app: App, actor: Actor, webhookId: string): Promise<string> {
  const { id, organizationId, pluginId, name } = await manageableWebhook(app, actor, webhookId)
  if (pluginId !== null) {
    const message =
      'A plugin brings this webhook: switch it off with setWebhookEnabled, or uninstall the plugin.'
    throw new UserError('INVALID_STATE', message, ['webhookId'])
  }
  await change(app, async (tx) => {
    const { count } = await tx.webhook.deleteMany({ where: { id } })
    if (count === 0) throw notFound('webhook')
    const scope = { organizationId, subjectId: id, ...by(actor), at: app.clock.now() }
    await record(tx, 'webhook.deleted', { name }, scope)
  })
  return id
}
