import { requireKnown } from '../../auth/authorize.ts'
import { describeTypes, type DescribedType } from '../../events/describe-types.ts'
import { builder } from '../../graphql/builder.ts'

const EventType = builder.objectRef<DescribedType>('EventType').implement({
  description: 'A type of event that Patchbay itself tells.',
  fields: (t) => ({
    type: t.exposeString('type'),
    description: t.exposeString('description'),
    subject: t.exposeString('subject', {
      nullable: true,
      description: 'Type of the node that it is about; null where that is none.',
    }),
    stored: t.exposeBoolean('isStored', {
      description:
        'Whether it is kept, and listed by `events`. What happens with every call is not: it is told by its stream, and counted in `metrics`.',
    }),
    subscribable: t.exposeBoolean('isSubscribable', {
      description: 'Whether plugins and webhooks are told of it.',
    }),
    stream: t.exposeString('stream', { description: 'The subscription that tells it.' }),
  }),
})

builder.queryField('eventTypes', (t) =>
  t.field({
    type: [EventType],
    description: 'Every type of event that Patchbay itself tells, by name; not those of hosts and plugins.',
    resolve: (_root, _args, { actor }) => {
      requireKnown(actor)
      return describeTypes()
    },
  }),
)
