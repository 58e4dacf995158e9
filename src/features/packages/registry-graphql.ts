import { requireSomewhere } from '../../auth/authorize.ts'
import { RegistryType } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { visibleRegistries } from './policy.ts'
import { locationOf } from './registry-storage.ts'

export const RegistryTypeEnum = builder.enumType('RegistryType', { values: Object.values(RegistryType) })

builder.prismaNode('Registry', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleRegistries(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    slug: t.exposeString('slug'),
    name: t.exposeString('name'),
    type: t.expose('type', { type: RegistryTypeEnum }),
    organization: t.relation('organization', { nullable: true }),
    site: t.relation('site', { nullable: true }),
    isActive: t.exposeBoolean('isActive'),
    storage: t.string({
      description: 'Where its archives lie: file, s3 or azure; no credentials.',
      select: { storage: true },
      resolve: ({ storage }, _args, { app }) => locationOf(app, storage),
    }),
  }),
})

builder.queryField('registry', (t) =>
  t.prismaField({
    type: 'Registry',
    nullable: true,
    args: { slug: t.arg.string({ required: true }) },
    resolve: (query, _root, { slug }, { app, actor }) => {
      requireSomewhere(actor, 'plugins:read')
      return app.database.prisma.registry.findFirst({
        ...query,
        where: { slug, AND: [visibleRegistries(actor)] },
      })
    },
  }),
)

rootConnection('registries', {
  node: 'Registry',
  model: 'registry',
  where: (_args, { actor }) => {
    requireSomewhere(actor, 'plugins:read')
    return visibleRegistries(actor)
  },
})
