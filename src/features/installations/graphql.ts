import { requireKnown, requireSomewhere } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { HealthStatus, InstallationStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { relatedConnection, rootConnection } from '../../graphql/connection.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { disabledReasons, ENABLEMENT } from './enablement.ts'
import { installPlugin, type InstallPluginResult } from './install-plugin.ts'
import { CURRENT, running, visibleInstallations } from './policy.ts'
import { ResolutionPlanType } from './plan-graphql.ts'

export const InstallationStatusEnum = builder.enumType('InstallationStatus', {
  values: Object.values(InstallationStatus),
})

builder.prismaNode('Installation', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleInstallations(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    site: t.relation('site'),
    plugin: t.relation('plugin'),
    package: t.relation('package'),
    status: t.expose('status', { type: InstallationStatusEnum }),
    version: t.field({
      type: 'SemVer',
      select: { package: { select: { version: true } } },
      resolve: (row) => row.package.version,
    }),
    configuration: t.expose('configuration', {
      type: 'JSON',
      description: "The site's own settings for the plugin.",
    }),
    effectivelyEnabled: t.boolean({
      description: 'Whether it runs now.',
      select: ENABLEMENT,
      resolve: (row, _args, { app }) => disabledReasons(row, app.clock.now()).length === 0,
    }),
    disabledReasons: t.stringList({
      description: 'Why it does not run now; empty where it does.',
      select: ENABLEMENT,
      resolve: (row, _args, { app }) => disabledReasons(row, app.clock.now()),
    }),
    errorCount: t.exposeInt('errorCount'),
    installedAt: t.expose('installedAt', { type: 'DateTime' }),
    activatedAt: t.expose('activatedAt', { type: 'DateTime', nullable: true }),
    deactivatedAt: t.expose('deactivatedAt', { type: 'DateTime', nullable: true }),
    supersedes: t.relation('supersedes', { nullable: true }),
    supersededBy: t.relation('supersededBy', { nullable: true }),
    failure: t.exposeString('failure', { nullable: true }),
  }),
})

relatedConnection('Site', 'installations', {
  node: 'Installation',
  model: 'installation',
  ofParent: (siteId) => ({ siteId }),
  args: (arg) => ({ status: arg({ type: [InstallationStatusEnum] }) }),
  where: (args, context) => ({
    AND: [visibleInstallations(context.actor), args.status ? { status: { in: args.status } } : {}],
  }),
})

export const HealthStatusEnum = builder.enumType('HealthStatus', { values: Object.values(HealthStatus) })

const InstallationFilter = builder.inputType('InstallationFilter', {
  fields: (t) => ({
    siteId: t.id(),
    organizationId: t.id(),
    pluginId: t.id(),
    packageId: t.id(),
    status: t.field({ type: [InstallationStatusEnum] }),
    health: t.field({ type: [HealthStatusEnum] }),
    current: t.boolean({
      description:
        'Whether it is what stands at its site: neither uninstalled nor replaced, nor an upgrade that is not in force.',
    }),
    effectivelyEnabled: t.boolean({ description: 'Whether it runs now.' }),
  }),
})

rootConnection('installations', {
  node: 'Installation',
  model: 'installation',
  args: (arg) => ({ filter: arg({ type: InstallationFilter }) }),
  where: ({ filter }, { actor, app }) => {
    requireSomewhere(actor, 'installations:read')
    const siteId = optionalIdOf('Site', filter?.siteId)
    const organizationId = optionalIdOf('Organization', filter?.organizationId)
    const pluginId = optionalIdOf('Plugin', filter?.pluginId)
    const packageId = optionalIdOf('Package', filter?.packageId)
    return {
      AND: [
        visibleInstallations(actor),
        siteId === undefined ? {} : { siteId },
        organizationId === undefined ? {} : { organizationId },
        pluginId === undefined ? {} : { pluginId },
        packageId === undefined ? {} : { packageId },
        filter?.status ? { status: { in: filter.status } } : {},
        filter?.health ? { healthStatus: { in: filter.health } } : {},
        whereWanted(filter?.current, CURRENT),
        whereWanted(filter?.effectivelyEnabled, running(app.clock.now())),
      ],
    }
  },
})

function whereWanted(
  wanted: boolean | null | undefined,
  where: Prisma.InstallationWhereInput,
): Prisma.InstallationWhereInput {
  if (wanted === null || wanted === undefined) return {}
  return wanted ? where : { NOT: where }
}

type InstallPayload = PayloadBase &
  Omit<InstallPluginResult, 'installationIds'> & { installationIds?: string[] }

const InstallPluginPayload = payloadType<InstallPayload>('InstallPluginPayload', (t) => ({
  installation: entityField(t, 'Installation', 'installation', (payload) => payload.installationId),
  installations: t.prismaField({
    type: ['Installation'],
    description: 'All that was installed, dependencies first.',
    resolve: async (query, payload, _args, { app }) => {
      const ids = payload.installationIds ?? []
      const rows = await app.database.prisma.installation.findMany({ ...query, where: { id: { in: ids } } })
      return rows.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
    },
  }),
  plan: t.field({ type: ResolutionPlanType, nullable: true, resolve: (payload) => payload.plan ?? null }),
}))

mutation('installPlugin', {
  description: 'Installs a package with what it needs at a site. Needs OPERATOR or ADMIN there.',
  input: mutationInput('InstallPluginInput', {
    fields: (t) => ({
      siteId: t.id({ required: true }),
      packageId: t.id({
        description: 'Either a package, or a plugin with a range (default: its latest package).',
      }),
      pluginId: t.id(),
      range: t.field({ type: 'SemVerRange' }),
      configuration: t.field({ type: 'JSON' }),
      licenseKey: t.string({
        description:
          'By which it is to run; else the best licence that the site has is taken, where one is needed.',
      }),
      activate: t.boolean({ description: 'Activate it and its dependencies too.' }),
      includeOptional: t.boolean({
        description: 'Install optional dependencies too, where that is possible.',
      }),
    }),
  }),
  payload: InstallPluginPayload,
  run: async (input, { app, actor }) => {
    requireKnown(actor)
    return await installPlugin(app, actor, {
      siteId: idOf('Site', input.siteId),
      packageId: optionalIdOf('Package', input.packageId),
      pluginId: optionalIdOf('Plugin', input.pluginId),
      range: input.range ?? undefined,
      configuration: input.configuration ?? undefined,
      licenseKey: input.licenseKey ?? undefined,
      activate: input.activate ?? false,
      includeOptional: input.includeOptional ?? false,
    })
  },
})
