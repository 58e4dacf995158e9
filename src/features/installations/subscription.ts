import { can, requireSomewhere } from '../../auth/authorize.ts'
import type { EventRecord, InstallationChanged } from '../../events/catalog.ts'
import { InstallationStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { cursorOf, eventStream } from '../../graphql/stream.ts'
import { InstallationStatusEnum } from './graphql.ts'

interface Change {
  cursor: string
  installationId: string
  changed: InstallationChanged
}

const InstallationChange = builder.objectRef<Change>('InstallationChange').implement({
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    installation: t.prismaField({
      type: 'Installation',
      resolve: (query, { installationId }, _args, { app }) =>
        app.database.prisma.installation.findUniqueOrThrow({ ...query, where: { id: installationId } }),
    }),
    previousStatus: t.field({
      type: InstallationStatusEnum,
      nullable: true,
      resolve: ({ changed }) => changed.previousStatus,
    }),
    reason: t.string({ nullable: true, resolve: ({ changed }) => changed.reason }),
  }),
})

builder.subscriptionField('installationChanged', (t) =>
  t.field({
    type: InstallationChange,
    description: 'Installed, activated, deactivated, upgraded, failed, revoked.',
    args: {
      installationId: t.arg.id(),
      siteId: t.arg.id(),
      organizationId: t.arg.id(),
      after: t.arg.string(),
    },
    subscribe: (_root, args, context) => {
      requireSomewhere(context.actor, 'installations:read')
      const installationId = optionalIdOf('Installation', args.installationId)
      const siteId = optionalIdOf('Site', args.siteId)
      const organizationId = optionalIdOf('Organization', args.organizationId)
      return eventStream<Change>(context, args.after, (streamed) => {
        const { event } = streamed
        const changed = changeOf(event)
        if (changed === null || event.subjectId === null) return []
        if (!can(context.actor, 'installations:read', event.organizationId)) return []
        if (installationId !== undefined && event.subjectId !== installationId) return []
        if (siteId !== undefined && event.siteId !== siteId) return []
        if (organizationId !== undefined && event.organizationId !== organizationId) return []
        return [{ cursor: cursorOf(streamed), installationId: event.subjectId, changed }]
      })
    },
    resolve: (change) => change,
  }),
)

/** What an event says of an installation's state; null where it speaks of something else. */
function changeOf(event: EventRecord): InstallationChanged | null {
  const status = event.payload['status']
  if (event.source !== 'patchbay' || !event.type.startsWith('plugin.')) return null
  if (typeof status !== 'string' || !(status in InstallationStatus)) return null
  return event.payload as unknown as InstallationChanged
}
