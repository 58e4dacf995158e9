import { requireSomewhere } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { applyWebhook } from './apply-webhook.ts'
import { deleteWebhook } from './delete-webhook.ts'
import { CURRENT_WEBHOOK, visibleWebhooks } from './policy.ts'
import { setWebhookEnabled } from './set-webhook-enabled.ts'
import { successRates } from './success-rates.ts'

const RATES = Symbol('success rates of webhooks')

builder.prismaNode('Webhook', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { actor }) => ({ id, AND: [visibleWebhooks(actor)] }),
  select: { id: true },
  fields: (t) => ({
    name: t.exposeString('name'),
    installation: t.relation('installation', {
      nullable: true,
      description: 'null where an organization made it by itself.',
    }),
    organization: t.relation('organization'),
    source: t.exposeString('source', { description: 'The YAML that it was made from.' }),
    events: t.exposeStringList('events', { description: 'Event types, `*` as last part for all below.' }),
    enabled: t.exposeBoolean('enabled'),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why the service has switched it off; null where it has not.',
    }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description: 'The first failure since the last success; five days of nothing else switch it off.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    successRate: t.float({
      nullable: true,
      description: 'How many of its deliveries that have ended got there, 0 to 1; null where none has ended.',
      resolve: async ({ id }, _args, { app, loaders }) =>
        await loaderOf(loaders, RATES, () => successRates(app)).load(id),
    }),
  }),
})

rootConnection('webhooks', {
  description: "Webhooks-as-code: organizations' own, and those of the plugins at their sites.",
  node: 'Webhook',
  model: 'webhook',
  args: (arg) => ({ organizationId: arg.id() }),
  where: (args, { actor }) => {
    requireSomewhere(actor, 'installations:read')
    const organizationId = optionalIdOf('Organization', args.organizationId)
    return {
      AND: [visibleWebhooks(actor), CURRENT_WEBHOOK, organizationId === undefined ? {} : { organizationId }],
    }
  },
})

builder.prismaObjectField('Installation', 'webhooks', (t) =>
  t.relation('webhooks', {
    description: 'What its plugin sends of itself while it runs.',
    query: { orderBy: { name: 'asc' } },
  }),
)

const WebhookPayload = payloadType<PayloadBase & { webhookId?: string }>('WebhookPayload', (t) => ({
  webhook: entityField(t, 'Webhook', 'webhook', (payload) => payload.webhookId),
}))

mutation('applyWebhook', {
  description:
    "Makes a webhook of an organization's own, or gives the one of that name another text; the same again changes nothing.",
  input: mutationInput('ApplyWebhookInput', {
    fields: (t) => ({
      organizationId: t.id({ required: true }),
      name: t.string({ required: true, description: 'As the YAML says it too.' }),
      source: t.string({ required: true, description: 'Webhooks-as-code: the YAML text.' }),
    }),
  }),
  payload: WebhookPayload,
  answer: 'webhookId',
  run: async ({ name, source, organizationId }, { app, actor }) => ({
    webhookId: await applyWebhook(app, actor, {
      organizationId: idOf('Organization', organizationId),
      name,
      source,
    }),
  }),
})

const WebhookInput = mutationInput('WebhookInput', {
  fields: (t) => ({ webhookId: t.id({ required: true }) }),
})

mutation('deleteWebhook', {
  description: "Takes a webhook of an organization's own away, with its deliveries; `webhook` is null then.",
  input: WebhookInput,
  payload: WebhookPayload,
  answer: 'webhookId',
  run: async ({ webhookId }, { app, actor }) => ({
    webhookId: await deleteWebhook(app, actor, idOf('Webhook', webhookId)),
  }),
})

mutation('setWebhookEnabled', {
  description: 'Switches a webhook on or off, whoever brought it.',
  input: mutationInput('SetWebhookEnabledInput', {
    fields: (t) => ({ webhookId: t.id({ required: true }), enabled: t.boolean({ required: true }) }),
  }),
  payload: WebhookPayload,
  answer: 'webhookId',
  run: async ({ webhookId, enabled }, { app, actor }) => ({
    webhookId: await setWebhookEnabled(app, actor, { webhookId: idOf('Webhook', webhookId), enabled }),
  }),
})
