import { requireSomewhere } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { DeliveryStatusEnum } from '../../graphql/delivery-status.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { findEvent } from '../../graphql/great-columns.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { objectConnection } from '../../graphql/object-connection.ts'
import { visibleEventDeliveries, visibleInvocations } from './policy.ts'
import { replayEventDelivery } from './replay-event-delivery.ts'

builder.prismaNode('EventDelivery', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { actor }) => ({ id, AND: [visibleEventDeliveries(actor)] }),
  select: { id: true },
  fields: (t) => ({
    event: t.prismaField({
      type: 'Event',
      nullable: true,
      description: 'null where it is older than events are kept.',
      select: { eventId: true },
      resolve: async (query, { eventId }, _args, context) =>
        (await findEvent(context, eventId, { ...query })) as never,
    }),
    installation: t.relation('installation'),
    status: t.expose('status', {
      type: DeliveryStatusEnum,
      description: 'PENDING: it is tried again; DELIVERED: it was, at last; DEAD: it was given up.',
    }),
    attempts: t.exposeInt('attempts'),
    error: t.exposeString('error', { nullable: true, description: 'Of the last attempt that failed.' }),
    nextAttemptAt: t.expose('nextAttemptAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it failed first.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
})

rootConnection('eventDeliveries', {
  description:
    'Events that a handler failed on, and what became of them. What went well at once is not among them.',
  node: 'EventDelivery',
  model: 'eventDelivery',
  args: (arg) => ({
    status: arg({ type: [DeliveryStatusEnum] }),
    organizationId: arg.id(),
    installationId: arg.id(),
  }),
  where: (args, { actor }) => {
    requireSomewhere(actor, 'installations:read')
    const organizationId = optionalIdOf('Organization', args.organizationId)
    const installationId = optionalIdOf('Installation', args.installationId)
    return {
      AND: [
        visibleEventDeliveries(actor),
        args.status ? { status: { in: args.status } } : {},
        organizationId === undefined ? {} : { organizationId },
        installationId === undefined ? {} : { installationId },
      ],
    }
  },
})

objectConnection('Organization', 'failedEvents', {
  description: 'Events that were given up after the last attempt; `replayEventDelivery` tries one again.',
  node: 'EventDelivery',
  model: 'eventDelivery',
  where: (organizationId, { actor }) => ({
    AND: [{ organizationId, status: 'DEAD' }, visibleEventDeliveries(actor)],
  }),
})

objectConnection('Event', 'invocations', {
  description: 'Calls of the handlers that it went to.',
  node: 'Invocation',
  model: 'invocation',
  where: (eventId, { actor }) => ({ AND: [{ eventId }, visibleInvocations(actor)] }),
})

builder.prismaObjectField('Invocation', 'event', (t) =>
  t.prismaField({
    type: 'Event',
    nullable: true,
    description: 'The event that it handles, for kind EVENT; null where that is older than events are kept.',
    select: { eventId: true },
    resolve: async (query, { eventId }, _args, context) => {
      const selection = { ...query }
      return (eventId === null ? null : await findEvent(context, eventId, selection)) as never
    },
  }),
)

const ReplayEventDeliveryPayload = payloadType<PayloadBase & { deliveryId?: string }>(
  'ReplayEventDeliveryPayload',
  (t) => ({
    delivery: t.prismaField({
      type: 'EventDelivery',
      nullable: true,
      resolve: (query, { deliveryId }, _args, { app }) => {
        const selection = { ...query }
        if (deliveryId === undefined) return null
        return app.database.prisma.eventDelivery.findUnique({ ...selection, where: { id: deliveryId } })
      },
    }),
  }),
)

mutation('replayEventDelivery', {
  description:
    'Lets a handler be called again for an event that was given up; a second call changes nothing.',
  input: mutationInput('ReplayEventDeliveryInput', {
    fields: (t) => ({ eventDeliveryId: t.id({ required: true }) }),
  }),
  payload: ReplayEventDeliveryPayload,
  answer: 'deliveryId',
  run: async (input, { app, actor }) => ({
    deliveryId: await replayEventDelivery(app, actor, idOf('EventDelivery', input.eventDeliveryId)),
  }),
})
