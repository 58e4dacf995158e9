import { builder } from '../../graphql/builder.ts'
import { payloadType, type PayloadBase } from '../../graphql/mutation.ts'
import { UserError } from '../../lib/errors.ts'
import { syncPlugins } from './sync-plugins.ts'

interface Synced extends PayloadBase {
  discovered: number
  packageIds: string[]
}

const SyncPluginsPayload = payloadType<Synced>('SyncPluginsPayload', (t) => ({
  discovered: t.exposeInt('discovered', { description: 'Folders and archives in the plugins directory.' }),
  submitted: t.prismaField({
    type: ['Package'],
    description: 'What was new there.',
    resolve: (query, { packageIds }, _args, { app }) =>
      app.database.prisma.package.findMany({
        ...query,
        where: { id: { in: packageIds } },
        orderBy: { id: 'asc' },
      }),
  }),
}))

builder.mutationField('syncPlugins', (t) =>
  t.field({
    type: SyncPluginsPayload,
    description: 'Reads the plugins directory and submits what is new there.',
    resolve: async (_root, _args, { app, actor }): Promise<Synced> => {
      try {
        return await syncPlugins(app, actor)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        return { discovered: 0, packageIds: [], userErrors: [error] }
      }
    },
  }),
)
