import type { Manifest } from '../../archive/manifest.ts'
import { requireSomewhere } from '../../auth/authorize.ts'
import { PluginType } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { relatedConnection, rootConnection } from '../../graphql/connection.ts'
import type { Order } from '../../graphql/page.ts'
import { versionKey } from '../../lib/version-key.ts'
import { visiblePackages, visiblePlugins } from '../packages/policy.ts'
import { PackageStatusEnum } from '../packages/enums.ts'

const PluginTypeEnum = builder.enumType('PluginType', { values: Object.values(PluginType) })

builder.prismaNode('Plugin', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visiblePlugins(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    slug: t.exposeString('slug'),
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    type: t.expose('type', { type: PluginTypeEnum }),
    author: t.exposeString('author'),
    keywords: t.exposeStringList('keywords'),
    latestPackage: t.relation('latestPackage', { nullable: true }),
    enabled: t.exposeBoolean('enabled'),
    settings: t.expose('settings', { type: 'JSON' }),
    settingsSchema: t.field({
      type: 'JSON',
      description:
        'JSON Schema 2020-12 of the settings, from the latest approved manifest; {} where there are none.',
      select: { latestPackage: { select: { manifest: true } } },
      resolve: (plugin) =>
        (plugin.latestPackage?.manifest as unknown as Manifest | undefined)?.settings ?? {},
    }),
    package: t.prismaField({
      type: 'Package',
      nullable: true,
      args: { version: t.arg({ type: 'SemVer', required: true }) },
      select: { id: true },
      resolve: (query, plugin, { version }, { app, actor }) =>
        app.database.prisma.package.findFirst({
          ...query,
          where: { pluginId: plugin.id, versionKey: versionKey(version), AND: [visiblePackages(actor)] },
        }),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
})

relatedConnection('Plugin', 'packages', {
  description: 'All versions, newest first.',
  node: 'Package',
  model: 'package',
  ofParent: (pluginId) => ({ pluginId }),
  args: (arg) => ({ status: arg({ type: [PackageStatusEnum] }) }),
  where: (args, context) => ({
    AND: [visiblePackages(context.actor), args.status ? { status: { in: args.status } } : {}],
  }),
})

const PluginOrder = builder.enumType('PluginOrder', { values: ['NAME_ASC', 'UPDATED_DESC'] as const })

const ORDERS: Record<'NAME_ASC' | 'UPDATED_DESC', Order> = {
  NAME_ASC: {
    name: 'name',
    columns: [
      { field: 'name', direction: 'asc' },
      { field: 'id', direction: 'asc' },
    ],
  },
  UPDATED_DESC: {
    name: 'updated',
    columns: [
      { field: 'updatedAt', direction: 'desc', type: 'time' },
      { field: 'id', direction: 'desc' },
    ],
  },
}

const PluginFilter = builder.inputType('PluginFilter', {
  fields: (t) => ({
    type: t.field({ type: [PluginTypeEnum] }),
    enabled: t.boolean(),
    keyword: t.string(),
    approvedOnly: t.boolean({ description: 'Only plugins with an approved release.' }),
  }),
})

rootConnection('plugins', {
  description: 'The catalogue.',
  node: 'Plugin',
  model: 'plugin',
  args: (arg) => ({ filter: arg({ type: PluginFilter }), orderBy: arg({ type: PluginOrder }) }),
  order: (args) => ORDERS[args.orderBy ?? 'NAME_ASC'],
  where: ({ filter }, { actor }) => {
    requireSomewhere(actor, 'plugins:read')
    return {
      AND: [
        visiblePlugins(actor),
        filter?.type ? { type: { in: filter.type } } : {},
        typeof filter?.enabled === 'boolean' ? { enabled: filter.enabled } : {},
        filter?.keyword ? { keywords: { has: filter.keyword } } : {},
        filter?.approvedOnly ? { latestPackageId: { not: null } } : {},
      ],
    }
  },
})

builder.queryField('plugin', (t) =>
  t.prismaField({
    type: 'Plugin',
    nullable: true,
    args: { slug: t.arg.string({ required: true }) },
    resolve: (query, _root, { slug }, { app, actor }) => {
      requireSomewhere(actor, 'plugins:read')
      return app.database.prisma.plugin.findFirst({ ...query, where: { slug, AND: [visiblePlugins(actor)] } })
    },
  }),
)
