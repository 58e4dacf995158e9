import type { Manifest } from '../../archive/manifest.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireSomewhere } from '../../auth/authorize.ts'
import { PluginType } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { relatedConnection } from '../../graphql/connection.ts'
import { versionKey } from '../../lib/version-key.ts'
import { canSeePackage, visiblePackages, visiblePlugins, type PackagePlace } from '../packages/policy.ts'
import { PackageStatusEnum } from '../packages/enums.ts'

export const PluginTypeEnum = builder.enumType('PluginType', { values: Object.values(PluginType) })

/** What decides who sees the latest package. */
const PLACE = {
  status: true,
  submittedById: true,
  registry: { select: { type: true, organizationId: true } },
} as const

interface WithLatest {
  ownerId: string | null
  latestPackage: (Omit<PackagePlace, 'ownerId'> & { manifest?: unknown }) | null
}

/** The latest package, where the viewer may see it: it may be in an organization's own registry. */
function seenLatest(actor: Actor, { ownerId, latestPackage }: WithLatest) {
  if (latestPackage === null) return null
  return canSeePackage(actor, { ...latestPackage, ownerId }) ? latestPackage : null
}

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
    latestPackage: t.field({
      type: 'Package' as never,
      nullable: true,
      description:
        "The highest APPROVED version that is no prerelease and not yanked, of the platform's registries, or else of any; null where you may not see that one.",
      select: (_args: object, _context: object, nested: (selection: object) => object) => ({
        ownerId: true,
        latestPackage: nested({ select: PLACE }),
      }),
      resolve: (plugin, _args, { actor }) => seenLatest(actor, plugin as unknown as WithLatest) as never,
    }),
    enabled: t.exposeBoolean('enabled'),
    settings: t.expose('settings', { type: 'JSON' }),
    settingsSchema: t.field({
      type: 'JSON',
      description:
        'JSON Schema 2020-12 of the settings, from the latest approved manifest; {} where there are none.',
      select: { ownerId: true, latestPackage: { select: { ...PLACE, manifest: true } } },
      resolve: (plugin, _args, { actor }) =>
        (seenLatest(actor, plugin)?.manifest as Manifest | undefined)?.settings ?? {},
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
