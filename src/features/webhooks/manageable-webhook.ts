import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireIn, requireKnown } from '../../auth/authorize.ts'
import { notFound } from '../../lib/errors.ts'
import { visibleWebhooks } from './policy.ts'

/** A webhook that the actor may change; NOT_FOUND where he may not see it. */
export async function manageableWebhook(app: App, actor: Actor, webhookId: string) {
  requireKnown(actor)
  const webhook = await app.database.prisma.webhook.findFirst({
    where: { id: webhookId, AND: [visibleWebhooks(actor)] },
    select: { id: true, organizationId: true, pluginId: true, siteId: true, name: true, enabled: true },
  })
  if (webhook === null) throw notFound('webhook')
  requireIn(actor, 'installations:manage', webhook.organizationId, 'webhook')
  return webhook
}
