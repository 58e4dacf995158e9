import { builder } from '../../graphql/builder.ts'
import { relatedConnection } from '../../graphql/connection.ts'
import { DeliveryStatusEnum } from '../../graphql/delivery-status.ts'
import { idOf } from '../../graphql/global-id.ts'
import { findEvent } from '../../graphql/great-columns.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { objectConnection } from '../../graphql/object-connection.ts'
import { notFound } from '../../lib/errors.ts'
import { visibleDeliveries } from '../webhooks/policy.ts'
import { redeliver } from './redeliver.ts'

interface Attempt {
  at: string
  statusCode: number | null
  durationMs: number
  error: string | null
}

const DeliveryAttempt = builder.objectRef<Attempt>('DeliveryAttempt').implement({
  fields: (t) => ({
    at: t.field({ type: 'DateTime', resolve: ({ at }) => new Date(at) }),
    statusCode: t.exposeInt('statusCode', { nullable: true, description: 'null where there was no answer.' }),
    durationMs: t.exposeFloat('durationMs', { description: 'From the first look-up to the answer.' }),
    error: t.exposeString('error', { nullable: true, description: 'null where it was delivered.' }),
  }),
})

builder.prismaNode('WebhookDelivery', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { actor }) => ({ id, AND: [visibleDeliveries(actor)] }),
  description: 'An event on its way to a webhook.',
  select: { id: true },
  fields: (t) => ({
    webhook: t.relation('webhook'),
    event: t.prismaField({
      type: 'Event',
      select: { eventId: true },
      resolve: async (query, { eventId }, _args, context) => {
        const found = await findEvent(context, eventId, { ...query })
        if (found === null) throw notFound('Event')
        return found as never
      },
    }),
    status: t.expose('status', {
      type: DeliveryStatusEnum,
      description:
        'PENDING: not tried yet; FAILED: the last attempt failed, and there is another one; DELIVERED; DEAD: given up.',
    }),
    attempts: t.field({
      type: [DeliveryAttempt],
      description: 'Those that have ended, first to last.',
      select: { attempts: true },
      resolve: ({ attempts }) => attempts as unknown as Attempt[],
    }),
    nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    repeats: t.prismaField({
      type: 'WebhookDelivery',
      nullable: true,
      description: 'The delivery that `redeliver` has repeated by this one.',
      select: { repeatsId: true },
      resolve: (query, { repeatsId }, _args, { app }) => {
        const selection = { ...query }
        if (repeatsId === null) return null
        return app.database.prisma.webhookDelivery.findUnique({ ...selection, where: { id: repeatsId } })
      },
    }),
  }),
})

relatedConnection('Webhook', 'deliveries', {
  node: 'WebhookDelivery',
  model: 'webhookDelivery',
  ofParent: (webhookId) => ({ webhookId }),
  args: (arg) => ({ status: arg({ type: [DeliveryStatusEnum] }) }),
  where: (args, { actor }) => ({
    AND: [visibleDeliveries(actor), args.status ? { status: { in: args.status } } : {}],
  }),
})

objectConnection('Event', 'deliveries', {
  description: 'Webhooks that it went to.',
  node: 'WebhookDelivery',
  model: 'webhookDelivery',
  where: (eventId, { actor }) => ({ AND: [{ eventId }, visibleDeliveries(actor)] }),
})

const RedeliverPayload = payloadType<PayloadBase & { deliveryId?: string }>('RedeliverPayload', (t) => ({
  delivery: entityField(t, 'WebhookDelivery', 'webhookDelivery', (payload) => payload.deliveryId),
}))

mutation('redeliver', {
  description:
    'Sends what was delivered or given up once more: a delivery of its own, with the same webhook-id.',
  input: mutationInput('RedeliverInput', { fields: (t) => ({ deliveryId: t.id({ required: true }) }) }),
  payload: RedeliverPayload,
  answer: 'deliveryId',
  run: async ({ deliveryId }, { app, actor }) => ({
    deliveryId: await redeliver(app, actor, idOf('WebhookDelivery', deliveryId)),
  }),
})
