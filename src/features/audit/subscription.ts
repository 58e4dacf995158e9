import { reachOf, requireIn, requireSomewhere, type Reach } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { abortable } from '../../graphql/stream.ts'
import { followLog, type Logged } from './follow-log.ts'

const AuditChange = builder.objectRef<Logged>('AuditChange').implement({
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'Give it as `after` to go on behind this entry.' }),
    entry: t.prismaField({
      type: 'AuditEntry',
      resolve: (query, { entryId }, _args, { app }) =>
        app.database.prisma.auditEntry.findUniqueOrThrow({ ...query, where: { id: entryId } }),
    }),
  }),
})

builder.subscriptionField('auditLogged', (t) =>
  t.field({
    type: AuditChange,
    description:
      'What is written into the audit log, refusals too, as soon as it is sealed: within a second. All that the viewer may see where no organization is named.',
    args: { organizationId: t.arg.id(), after: t.arg.string() },
    subscribe: (_root, args, context) => {
      const { app, actor } = context
      requireSomewhere(actor, 'audit:read')
      const organizationId = optionalIdOf('Organization', args.organizationId)
      if (organizationId !== undefined) requireIn(actor, 'audit:read', organizationId, 'organization')
      const reach: Reach =
        organizationId === undefined
          ? reachOf(actor, 'audit:read')
          : { everywhere: false, organizationIds: [organizationId] }
      return abortable<Logged>(context, (signal) => followLog(app, reach, args.after ?? null, signal))
    },
    resolve: (change) => change,
  }),
)
