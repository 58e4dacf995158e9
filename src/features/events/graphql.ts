import type { Actor } from '../../auth/actor.ts'
import { can, reachOf, requireSomewhere, withinReach } from '../../auth/authorize.ts'
import { matchesType, TELEMETRY_TYPES } from '../../events/catalog.ts'
import { encodeEventCursor } from '../../events/cursor.ts'
import { currentPosition } from '../../events/read-events.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { cursorOf, eventStream } from '../../graphql/stream.ts'
import { timeRange } from '../../graphql/time-range.ts'
import type { Prisma } from '../../generated/prisma/client.ts'

/** Events that the actor may see: his organizations'; the platform's own only with a role on the platform. */
function visibleEvents(actor: Actor): Prisma.EventWhereInput {
  return withinReach(reachOf(actor, 'installations:read'))
}

const SNAPSHOT = Symbol('snapshot of this request')

const EventNode = builder.prismaNode('Event', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { actor }) => ({ id, AND: [visibleEvents(actor)] }),
  select: { id: true, seq: true },
  fields: (t) => ({
    cursor: t.string({
      description: 'Resumes a stream behind this event.',
      resolve: async (row, _args, { app, loaders }) => {
        const streamed = (row as { streamCursor?: string }).streamCursor
        if (streamed !== undefined) return streamed
        const now = await loaderOf(loaders, SNAPSHOT, () => currentPosition(app.database.pool))
        return encodeEventCursor({ from: null, to: now.to, seq: row.seq, index: -1 })
      },
    }),
    type: t.exposeString('type', { description: 'e.g. plugin.installed, build.completed' }),
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
    site: t.prismaField({
      type: 'Site',
      nullable: true,
      select: { siteId: true },
      resolve: (query, { siteId }, _args, { app }) => {
        const selection = { ...query }
        if (siteId === null) return null
        return app.database.prisma.site.findUnique({ ...selection, where: { id: siteId } })
      },
    }),
    payload: t.expose('payload', { type: 'JSON' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime' }),
    source: t.exposeString('source', { description: 'patchbay, host, or the plugin that emitted it.' }),
  }),
})

rootConnection('events', {
  description:
    'What happened. Streams of measurements (health.recorded) are listed only when asked for by type. A page with payloads has at most 8 MiB of them: then it has fewer entries than were asked for, and hasNextPage.',
  node: 'Event',
  model: 'event',
  args: (arg) => ({
    type: arg.string(),
    organizationId: arg.id(),
    siteId: arg.id(),
    from: arg({ type: 'DateTime' }),
    to: arg({ type: 'DateTime' }),
  }),
  where: (args, { actor }) => {
    requireSomewhere(actor, 'installations:read')
    const organizationId = optionalIdOf('Organization', args.organizationId)
    const siteId = optionalIdOf('Site', args.siteId)
    return {
      AND: [
        visibleEvents(actor),
        args.type ? typeCondition(args.type) : { type: { notIn: [...TELEMETRY_TYPES] } },
        organizationId === undefined ? {} : { organizationId },
        siteId === undefined ? {} : { siteId },
        timeRange(args.from, args.to),
      ],
    }
  },
})

function typeCondition(pattern: string): Prisma.EventWhereInput {
  return pattern.endsWith('.*') ? { type: { startsWith: pattern.slice(0, -1) } } : { type: pattern }
}

builder.subscriptionField('events', (t) =>
  t.field({
    type: EventNode,
    description: 'What happens, as it happens; of a type (`auth.user.*`) and organization where named.',
    args: { type: t.arg.string(), organizationId: t.arg.id(), after: t.arg.string() },
    subscribe: (_root, args, context) => {
      requireSomewhere(context.actor, 'installations:read')
      const organizationId = optionalIdOf('Organization', args.organizationId)
      return eventStream(context, args.after, (streamed) => {
        const { event } = streamed
        if (!can(context.actor, 'installations:read', event.organizationId)) return []
        if (organizationId !== undefined && event.organizationId !== organizationId) return []
        if (
          args.type
            ? !matchesType(args.type, event.type)
            : TELEMETRY_TYPES.some((type) => type === event.type)
        )
          return []
        return [{ ...event, streamCursor: cursorOf(streamed) }]
      })
    },
    resolve: (event) => event as never,
  }),
)
