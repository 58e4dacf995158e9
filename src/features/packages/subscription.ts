import { requireSomewhere } from '../../auth/authorize.ts'
import type { PackageChanged } from '../../events/catalog.ts'
import { builder } from '../../graphql/builder.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { cursorOf, eventStream } from '../../graphql/stream.ts'
import { PackageStatusEnum } from './enums.ts'
import { visiblePackages } from './policy.ts'

interface Change {
  cursor: string
  packageId: string
  changed: PackageChanged
}

const PackageChange = builder.objectRef<Change>('PackageChange').implement({
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    package: t.prismaField({
      type: 'Package',
      resolve: (query, { packageId }, _args, { app }) =>
        app.database.prisma.package.findUniqueOrThrow({ ...query, where: { id: packageId } }),
    }),
    previousStatus: t.field({
      type: PackageStatusEnum,
      nullable: true,
      resolve: ({ changed }) => changed.previousStatus,
    }),
  }),
})

builder.subscriptionField('packageChanged', (t) =>
  t.field({
    type: PackageChange,
    description:
      'Submitted, in review, approved (by one of two, where its risk is HIGH), rejected, revoked; promoted, deprecated, yanked.',
    args: { pluginId: t.arg.id(), after: t.arg.string() },
    subscribe: (_root, args, context) => {
      requireSomewhere(context.actor, 'plugins:read')
      const pluginId = optionalIdOf('Plugin', args.pluginId)
      return eventStream<Change>(context, args.after, async (streamed) => {
        const { event } = streamed
        if (event.source !== 'patchbay' || !event.type.startsWith('package.') || event.subjectId === null)
          return []
        // That code was refused at a site is told to those of its organization, by `events`.
        if (event.type === 'package.integrity_failed') return []
        const visible = await context.app.database.prisma.package.count({
          where: {
            AND: [
              { id: event.subjectId },
              pluginId === undefined ? {} : { pluginId },
              visiblePackages(context.actor),
            ],
          },
        })
        if (visible === 0) return []
        const changed = event.payload as unknown as PackageChanged
        return [{ cursor: cursorOf(streamed), packageId: event.subjectId, changed }]
      })
    },
    resolve: (change) => change,
  }),
)
