import { reachOf, requireSomewhere } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { abortable } from '../../graphql/stream.ts'
import { notFound } from '../../lib/errors.ts'
import { visibleWebhooks } from '../webhooks/policy.ts'
import { followDeliveries, type Changed } from './follow-deliveries.ts'

const DeliveryChange = builder.objectRef<Changed>('DeliveryChange').implement({
  description: 'An attempt has ended; `cursor` resumes the stream after it with `after`.',
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    delivery: t.prismaField({
      type: 'WebhookDelivery',
      resolve: (query, { deliveryId }, _args, { app }) =>
        app.database.prisma.webhookDelivery.findUniqueOrThrow({ ...query, where: { id: deliveryId } }),
    }),
  }),
})

builder.subscriptionField('webhookDelivered', (t) =>
  t.field({
    type: DeliveryChange,
    description:
      'Attempts at deliveries as they end, well or not: of one webhook, or of all that the viewer may see. Each delivery as it is then.',
    args: { webhookId: t.arg.id(), after: t.arg.string() },
    subscribe: async (_root, args, context) => {
      const { app, actor } = context
      requireSomewhere(actor, 'installations:read')
      const webhookId = optionalIdOf('Webhook', args.webhookId)
      if (webhookId !== undefined) {
        const where = { id: webhookId, AND: [visibleWebhooks(actor)] }
        if ((await app.database.prisma.webhook.count({ where })) === 0) throw notFound('webhook')
      }
      const followed = { reach: reachOf(actor, 'installations:read'), webhookId }
      return abortable<Changed>(context, (signal) =>
        followDeliveries(app, followed, args.after ?? null, signal),
      )
    },
    resolve: (change) => change,
  }),
)
