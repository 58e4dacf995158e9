import { can, requireSomewhere } from '../../auth/authorize.ts'
import { payloadOf, type RecordedSample } from '../../events/catalog.ts'
import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { cursorOf, eventStream, partsAfter } from '../../graphql/stream.ts'
import { notFound } from '../../lib/errors.ts'
import { HealthStatusEnum } from '../installations/graphql.ts'
import { visibleInstallations } from '../installations/policy.ts'
import { HealthSampleType } from './graphql.ts'

interface Change {
  cursor: string
  sample: RecordedSample
}

const HealthChange = builder.objectRef<Change>('HealthChange').implement({
  description: 'A measurement; `cursor` resumes the stream after it with `after`.',
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    installation: t.prismaField({
      type: 'Installation',
      resolve: (query, { sample }, _args, { app }) =>
        app.database.prisma.installation.findUniqueOrThrow({
          ...query,
          where: { id: sample.installationId },
        }),
    }),
    sample: t.field({
      type: HealthSampleType,
      resolve: ({ sample }) => ({ ...sample, recordedAt: new Date(sample.recordedAt) }),
    }),
  }),
})

builder.subscriptionField('installationHealth', (t) =>
  t.field({
    type: HealthChange,
    description:
      'Every health sample of the installations asked for; all that the viewer may see where nothing is named. By installation it goes on with the one that replaces it.',
    args: {
      installationId: t.arg.id(),
      siteId: t.arg.id(),
      organizationId: t.arg.id(),
      pluginId: t.arg.id(),
      status: t.arg({ type: [HealthStatusEnum] }),
      after: t.arg.string(),
    },
    subscribe: async (_root, args, context) => {
      requireSomewhere(context.actor, 'installations:read')
      const place = await placeOf(context, optionalIdOf('Installation', args.installationId))
      const siteId = optionalIdOf('Site', args.siteId)
      const organizationId = optionalIdOf('Organization', args.organizationId)
      const pluginId = optionalIdOf('Plugin', args.pluginId)
      const wanted = (sample: RecordedSample): boolean =>
        (place === null || (sample.siteId === place.siteId && sample.pluginId === place.pluginId)) &&
        (siteId === undefined || sample.siteId === siteId) &&
        (pluginId === undefined || sample.pluginId === pluginId) &&
        (!args.status || args.status.includes(sample.status))
      return eventStream<Change>(context, args.after, (streamed) => {
        const { event } = streamed
        if (event.type !== 'health.recorded') return []
        if (!can(context.actor, 'installations:read', event.organizationId)) return []
        if (organizationId !== undefined && event.organizationId !== organizationId) return []
        const { samples } = payloadOf(event, 'health.recorded')
        return partsAfter(samples, streamed, args.after)
          .filter(({ part }) => wanted(part))
          .map(({ part, index }) => ({ cursor: cursorOf(streamed, index), sample: part }))
      })
    },
    resolve: (change) => change,
  }),
)

/** An installation is followed by where it stands, so that the one that replaces it is followed too. */
async function placeOf(
  context: Context,
  installationId: string | undefined,
): Promise<{ siteId: string; pluginId: string } | null> {
  if (installationId === undefined) return null
  const found = await context.app.database.prisma.installation.findFirst({
    where: { AND: [{ id: installationId }, visibleInstallations(context.actor)] },
    select: { siteId: true, pluginId: true },
  })
  if (found === null) throw notFound('installation')
  return found
}
