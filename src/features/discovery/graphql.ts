import { mutationWithoutInput } from '../../graphql/mutation.ts'
import { payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { syncPlugins } from './sync-plugins.ts'

interface Synced extends PayloadBase {
  discovered?: number
  packageIds?: string[]
}

const SyncPluginsPayload = payloadType<Synced>('SyncPluginsPayload', (t) => ({
  discovered: t.int({
    description: 'Folders and archives in the plugins directory.',
    resolve: ({ discovered }) => discovered ?? 0,
  }),
  submitted: t.prismaField({
    type: ['Package'],
    description: 'What was new there.',
    resolve: (query, { packageIds = [] }, _args, { app }) =>
      app.database.prisma.package.findMany({
        ...query,
        where: { id: { in: packageIds } },
        orderBy: { id: 'asc' },
      }),
  }),
}))

mutationWithoutInput('syncPlugins', {
  description: 'Reads the plugins directory and submits what is new there.',
  payload: SyncPluginsPayload,
  run: async ({ app, actor }) => await syncPlugins(app, actor),
})
