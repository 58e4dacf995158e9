import { builder } from '../../graphql/builder.ts'
import { idOf } from '../../graphql/global-id.ts'
import { readPage, type DataPage } from './read-page.ts'

const PluginDataPage = builder.objectRef<DataPage>('PluginDataPage').implement({
  description: 'A part of what a plugin keeps for an organization.',
  fields: (t) => ({
    items: t.field({
      type: ['JSON'],
      description:
        'Documents: {collection, id, version, createdAt, updatedAt, document}; after the last of them files: {file, size, updatedAt, content}, the content in base64.',
      resolve: ({ items }) => items,
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'Give it as `after` to go on; null at the end.',
    }),
  }),
})

builder.queryField('pluginData', (t) =>
  t.field({
    type: PluginDataPage,
    description:
      'The documents and files that a plugin keeps for an organization, in an order that lasts. Needs installations:manage there.',
    args: {
      organizationId: t.arg.id({ required: true }),
      plugin: t.arg.string({ required: true, description: 'Its id, e.g. supplier-db.' }),
      after: t.arg.string(),
    },
    complexity: 50,
    resolve: async (_root, { organizationId, plugin, after }, { app, actor }) =>
      await readPage(app, actor, {
        organizationId: idOf('Organization', organizationId),
        plugin,
        after: after ?? null,
      }),
  }),
)
