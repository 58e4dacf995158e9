import { requireSomewhere } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { decodeGlobalId, encodeGlobalId, idOf, optionalIdOf, type NodeType } from '../../graphql/global-id.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { namedAs } from '../../graphql/mutations/concerned.ts'
import { timeRange } from '../../graphql/time-range.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { visibleEntries } from './policy.ts'

/** What the subject of an action is, by the first label of its name or by the whole. */
const SUBJECTS: Readonly<Record<string, NodeType>> = {
  organization: 'Organization',
  site: 'Site',
  api_key: 'ApiKey',
  registry: 'Registry',
  publisher_key: 'PublisherKey',
  package: 'Package',
  'plugin.rated': 'Plugin',
  plugin: 'Installation',
  secret: 'Plugin',
  job: 'Invocation',
  deployment: 'Deployment',
  license: 'License',
  permission: 'Organization',
  webhook: 'Webhook',
  'webhook.redelivered': 'WebhookDelivery',
  event: 'Event',
  capability: 'Installation',
  settings: 'Plugin',
  'plugin.switched': 'Plugin',
  'plugin.updated': 'Plugin',
  'plugin.event_replayed': 'EventDelivery',
}

function subjectType(action: string, details: JsonObject): NodeType | undefined {
  // Roles are given to both kinds of principals; only users have an address.
  if (action.startsWith('role.')) return typeof details['email'] === 'string' ? 'User' : 'ApiKey'
  if (action.startsWith('secret.') && details['slug'] === null) return 'Organization'
  return SUBJECTS[action] ?? SUBJECTS[action.split('.')[0]!]
}

builder.prismaNode('AuditEntry', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleEntries(context.actor)] }),
  select: { id: true, action: true, subjectId: true, details: true },
  description: 'What was done, by whom, to what.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime' }),
    action: t.exposeString('action', {
      description:
        'As the event that tells of the same, e.g. package.approved; of what was refused, or has no event, the mutation, e.g. installPlugin.',
    }),
    actor: t.field({
      type: Principal,
      nullable: true,
      description: 'null: the service itself.',
      select: { actorId: true },
      resolve: ({ actorId }) => principalOf(actorId),
    }),
    organization: t.prismaField({
      type: 'Organization',
      nullable: true,
      select: { organizationId: true },
      resolve: (query, { organizationId }, _args, { app }) => {
        const selection = { ...query }
        if (organizationId === null) return null
        return app.database.prisma.organization.findUnique({ ...selection, where: { id: organizationId } })
      },
    }),
    subject: t.node({
      description: 'What it was done to; null where it is gone, or not yours to see.',
      id: ({ action, subjectId, details }) => {
        if (subjectId === null) return null
        const facts = isJsonObject(details) ? details : {}
        const type = subjectType(action, facts)
        return type === undefined ? namedAs(facts['input'], subjectId) : encodeGlobalId(type, subjectId)
      },
    }),
    success: t.exposeBoolean('success'),
    error: t.exposeString('error', { nullable: true, description: 'Why it did not succeed.' }),
    details: t.expose('details', {
      type: 'JSON',
      description:
        'What the event tells, with before and after of what changed; or the input. Never secrets.',
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'Of the request that did it, as its answer tells; null: a job or a plugin.',
    }),
  }),
})

const AuditFilter = builder.inputType('AuditFilter', {
  fields: (t) => ({
    action: t.string({ description: 'e.g. package.approved, or package.* for all that begin so' }),
    actorId: t.id(),
    subjectId: t.id(),
    pluginId: t.id({ description: 'What concerns this plugin: its packages, installations, settings, …' }),
    organizationId: t.id(),
    from: t.field({ type: 'DateTime' }),
    to: t.field({ type: 'DateTime' }),
    success: t.boolean(),
  }),
})

rootConnection('auditLog', {
  description: 'What was done, newest first. Needs ADMIN, of an organization or of the platform.',
  node: 'AuditEntry',
  model: 'auditEntry',
  args: (arg) => ({ filter: arg({ type: AuditFilter }) }),
  where: ({ filter }, { actor }) => {
    requireSomewhere(actor, 'audit:read')
    const { action, subjectId, success } = filter ?? {}
    const actorId = filter?.actorId ? principalId(filter.actorId) : undefined
    const pluginId = optionalIdOf('Plugin', filter?.pluginId)
    const organizationId = optionalIdOf('Organization', filter?.organizationId)
    return {
      AND: [
        visibleEntries(actor),
        action ? actionCondition(action) : {},
        actorId === undefined ? {} : { actorId },
        subjectId ? { subjectId: decodeGlobalId(subjectId).id } : {},
        pluginId === undefined ? {} : { pluginId },
        organizationId === undefined ? {} : { organizationId },
        typeof success === 'boolean' ? { success } : {},
        timeRange(filter?.from, filter?.to),
      ],
    }
  },
})

/** Whoever acts is a user or an API key. */
function principalId(globalId: string): string {
  const { typename, id } = decodeGlobalId(globalId)
  return typename === 'User' ? id : idOf('ApiKey', globalId)
}

function actionCondition(action: string): Prisma.AuditEntryWhereInput {
  return action.endsWith('.*') ? { action: { startsWith: action.slice(0, -1) } } : { action }
}
