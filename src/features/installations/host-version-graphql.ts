import { builder } from '../../graphql/builder.ts'
import { idOf } from '../../graphql/global-id.ts'
import { checkHostVersion, type HostIncompatibility, type HostVersionCheck } from './check-host-version.ts'

const Incompatibility = builder.objectRef<HostIncompatibility>('HostIncompatibility').implement({
  description: 'An installation that is not made for a host version.',
  fields: (t) => ({
    installation: t.prismaField({
      type: 'Installation',
      resolve: (query, { installationId }, _args, { app }) =>
        app.database.prisma.installation.findUniqueOrThrow({ ...query, where: { id: installationId } }),
    }),
    hostRange: t.field({
      type: 'SemVerRange',
      description: 'Hosts for which its version is made.',
      resolve: ({ hostRange }) => hostRange,
    }),
    already: t.exposeBoolean('already', {
      description: 'Whether it is not made for the present host either.',
    }),
    message: t.exposeString('message'),
  }),
})

const Check = builder.objectRef<HostVersionCheck>('HostVersionCheck').implement({
  fields: (t) => ({
    compatible: t.boolean({ resolve: ({ incompatible }) => incompatible.length === 0 }),
    incompatible: t.field({
      type: [Incompatibility],
      description: 'By slug.',
      resolve: ({ incompatible }) => incompatible,
    }),
  }),
})

builder.queryField('checkHostVersion', (t) =>
  t.field({
    type: Check,
    description:
      'What of a site is not made for a host version, before it is changed to that one by updateSite. What is incompatible runs on then, and can be neither newly installed nor needed by what is.',
    args: {
      siteId: t.arg.id({ required: true }),
      hostVersion: t.arg({ type: 'SemVer', required: true }),
    },
    resolve: (_root, args, { app, actor }) =>
      checkHostVersion(app, actor, idOf('Site', args.siteId), args.hostVersion),
  }),
)
