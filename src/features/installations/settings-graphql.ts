import type { Manifest } from '../../archive/manifest.ts'
import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { effectiveSettings } from '../settings/effective-settings.ts'
import { SettingsScopeEnum } from '../settings/graphql.ts'
import { countingSettings, globalLevel, siteLevel, type SettingsLevel } from '../settings/levels.ts'
import { organizationLevelLoader } from '../settings/organization-levels.ts'
import { settingsOrigin, type SettingOrigin } from '../settings/settings-origin.ts'

const ORGANIZATION_LEVELS = Symbol('organization levels')

/** What the levels of settings of an installation are read from. */
const LEVELS = {
  organizationId: true,
  pluginId: true,
  configuration: true,
  package: { select: { manifest: true } },
  plugin: { select: { settings: true, lockedSettings: true } },
} as const

interface WithLevels {
  organizationId: string
  pluginId: string
  configuration: unknown
  package: { manifest: unknown }
  plugin: { settings: unknown; lockedSettings: string[] }
}

async function levelsOf(row: WithLevels, { app, loaders }: Context): Promise<SettingsLevel[]> {
  const load = loaderOf(loaders, ORGANIZATION_LEVELS, () => organizationLevelLoader(app.database.prisma))
  const { organizationId, pluginId } = row
  return [globalLevel(row.plugin), await load.load({ organizationId, pluginId }), siteLevel(row)]
}

const SettingsOriginLevel = builder.enumType('SettingsOriginLevel', {
  description: "Where a setting comes from; DEFAULT is the manifest's.",
  values: ['DEFAULT', 'GLOBAL', 'ORGANIZATION', 'SITE'] as const,
})

const SettingOriginType = builder.objectRef<SettingOrigin>('SettingOrigin').implement({
  description: 'One effective setting, and the level that it came from.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Path of the setting, e.g. smtp.host.' }),
    value: t.expose('value', { type: 'JSON', nullable: true }),
    level: t.expose('level', { type: SettingsOriginLevel }),
    lockedBy: t.expose('lockedBy', {
      type: SettingsScopeEnum,
      nullable: true,
      description: 'The level that locked it for those below; null where each may set it.',
    }),
  }),
})

builder.prismaObjectField('Installation', 'effectiveSettings', (t) =>
  t.field({
    type: 'JSON',
    description: 'Manifest defaults, then global, then organization, then site: what the plugin sees.',
    select: LEVELS,
    resolve: async (row, _args, context) =>
      effectiveSettings(
        row.package.manifest as unknown as Manifest,
        countingSettings(await levelsOf(row, context)),
      ),
  }),
)

builder.prismaObjectField('Installation', 'settingsOrigin', (t) =>
  t.field({
    type: [SettingOriginType],
    description: 'For every effective setting the level that it came from: objects key by key.',
    select: LEVELS,
    resolve: async (row, _args, context) =>
      settingsOrigin(row.package.manifest as unknown as Manifest, await levelsOf(row, context)),
  }),
)
