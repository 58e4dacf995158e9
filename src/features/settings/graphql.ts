import { requireKnown } from '../../auth/authorize.ts'
import { SettingsScope } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { relatedConnection, rootConnection } from '../../graphql/connection.ts'
import { encodeGlobalId, idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { visiblePluginConfigs, visibleRevisions } from './policy.ts'

export const SettingsScopeEnum = builder.enumType('SettingsScope', { values: Object.values(SettingsScope) })

builder.prismaNode('OrganizationPluginConfig', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visiblePluginConfigs(context.actor)] }),
  select: { id: true },
  description: "An organization's own switch and settings for a plugin.",
  fields: (t) => ({
    organization: t.relation('organization'),
    plugin: t.relation('plugin'),
    enabled: t.exposeBoolean('enabled'),
    settings: t.expose('settings', { type: 'JSON' }),
    lockedSettings: t.exposeStringList('lockedSettings', {
      description: 'Paths, e.g. smtp.host, that no site may set.',
    }),
    enabledAt: t.expose('enabledAt', { type: 'DateTime', nullable: true }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
})

builder.prismaObjectField('Organization', 'pluginConfig', (t) =>
  t.prismaField({
    type: 'OrganizationPluginConfig',
    nullable: true,
    description: "The organization's own switch and settings for a plugin; null where it never set any.",
    args: { pluginId: t.arg.id({ required: true }) },
    select: { id: true },
    resolve: (query, { id: organizationId }, args, { app, actor }) => {
      const where = { organizationId, pluginId: idOf('Plugin', args.pluginId) }
      return app.database.prisma.organizationPluginConfig.findFirst({
        ...query,
        where: { AND: [where, visiblePluginConfigs(actor)] },
      })
    },
  }),
)

relatedConnection('Organization', 'pluginConfigs', {
  node: 'OrganizationPluginConfig',
  model: 'organizationPluginConfig',
  ofParent: (organizationId) => ({ organizationId }),
  where: (_args, context) => visiblePluginConfigs(context.actor),
})

builder.prismaObjectField('Plugin', 'lockedSettings', (t) =>
  t.exposeStringList('lockedSettings', {
    description: 'Paths, e.g. smtp.host, of the global settings that no organization or site may set.',
  }),
)

builder.prismaNode('SettingsRevision', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleRevisions(context.actor)] }),
  select: { id: true },
  description: 'What one level of a plugin held from then on, until the next revision.',
  fields: (t) => ({
    scope: t.expose('scope', { type: SettingsScopeEnum }),
    number: t.exposeInt('number', { description: 'Counts up within its level, from 1.' }),
    plugin: t.relation('plugin'),
    organization: t.relation('organization', { nullable: true }),
    site: t.relation('site', { nullable: true }),
    settings: t.expose('settings', { type: 'JSON' }),
    lockedSettings: t.exposeStringList('lockedSettings'),
    author: t.field({
      type: Principal,
      nullable: true,
      select: { authorId: true },
      resolve: ({ authorId }) => principalOf(authorId),
    }),
    at: t.expose('at', { type: 'DateTime' }),
    revertedToId: t.id({
      nullable: true,
      description: 'The revision that it went back to.',
      select: { revertedToId: true },
      resolve: ({ revertedToId }) =>
        revertedToId === null ? null : encodeGlobalId('SettingsRevision', revertedToId),
    }),
  }),
})

rootConnection('settingsRevisions', {
  description: 'How the settings of a plugin were changed at each of their levels, newest first.',
  node: 'SettingsRevision',
  model: 'settingsRevision',
  args: (arg) => ({
    pluginId: arg.id({ required: true }),
    scope: arg({ type: SettingsScopeEnum }),
    organizationId: arg.id(),
    siteId: arg.id(),
  }),
  where: (args, { actor }) => {
    requireKnown(actor)
    const organizationId = optionalIdOf('Organization', args.organizationId)
    const siteId = optionalIdOf('Site', args.siteId)
    return {
      AND: [
        visibleRevisions(actor),
        { pluginId: idOf('Plugin', args.pluginId) },
        args.scope ? { scope: args.scope } : {},
        organizationId === undefined ? {} : { organizationId },
        siteId === undefined ? {} : { siteId },
      ],
    }
  },
})
