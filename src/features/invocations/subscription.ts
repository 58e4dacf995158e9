import { reachOf, requireSomewhere, withinReach } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { idOf } from '../../graphql/global-id.ts'
import { abortable } from '../../graphql/stream.ts'
import { notFound } from '../../lib/errors.ts'
import { followFinished, type Finished } from './follow-finished.ts'

const InvocationChange = builder.objectRef<Finished>('InvocationChange').implement({
  description: 'A run that has finished; `cursor` resumes the stream behind it with `after`.',
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    invocation: t.prismaField({
      type: 'Invocation',
      resolve: (query, { invocationId }, _args, { app }) =>
        app.database.prisma.invocation.findUniqueOrThrow({ ...query, where: { id: invocationId } }),
    }),
  }),
})

builder.subscriptionField('invocationFinished', (t) =>
  t.field({
    type: InvocationChange,
    description:
      'Each run of an installation as it finishes, in whichever process, within a second; also of the installation that replaces it.',
    args: { installationId: t.arg.id({ required: true }), after: t.arg.string() },
    subscribe: async (_root, args, context) => {
      const { app, actor } = context
      requireSomewhere(actor, 'installations:read')
      const installationId = idOf('Installation', args.installationId)
      const slot = await app.database.prisma.installation.findFirst({
        where: { AND: [{ id: installationId }, withinReach(reachOf(actor, 'installations:read'))] },
        select: { siteId: true, pluginId: true },
      })
      if (slot === null) throw notFound('installation')
      return abortable<Finished>(
        context,
        (signal) => followFinished(app, slot, args.after ?? null, signal),
        installationId,
      )
    },
    resolve: (change) => change,
  }),
)
