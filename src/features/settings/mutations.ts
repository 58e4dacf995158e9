import type { App } from '../../app.ts'
import { requireKnown } from '../../auth/authorize.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import {
  entityField,
  mutation,
  mutationInput,
  payloadType,
  type PayloadBase,
} from '../../graphql/mutation.ts'
import { SettingsScopeEnum } from './graphql.ts'
import type { LevelRow } from './lock-level.ts'
import { revertSettings } from './revert-settings.ts'
import { updateSettings } from './update-settings.ts'

/** Of the object that holds the level: exactly one of them. */
interface SettingsChanged extends PayloadBase {
  pluginId?: string
  configId?: string
  installationId?: string
}

const UpdatePluginSettingsPayload = payloadType<SettingsChanged>('UpdatePluginSettingsPayload', (t) => ({
  plugin: entityField(t, 'Plugin', 'plugin', (payload) => payload.pluginId),
  organizationConfig: entityField(
    t,
    'OrganizationPluginConfig',
    'organizationPluginConfig',
    (payload) => payload.configId,
  ),
  installation: entityField(t, 'Installation', 'installation', (payload) => payload.installationId),
}))

mutation('updatePluginSettings', {
  description:
    "Changes one level of a plugin's settings. GLOBAL needs settings:write on the platform; ORGANIZATION and SITE need it in the organization.",
  input: mutationInput('UpdatePluginSettingsInput', {
    fields: (t) => ({
      scope: t.field({ type: SettingsScopeEnum, required: true }),
      pluginId: t.id({ description: 'For GLOBAL and ORGANIZATION.' }),
      organizationId: t.id({ description: 'For ORGANIZATION.' }),
      installationId: t.id({ description: 'For SITE.' }),
      settings: t.field({
        type: 'JSON',
        required: true,
        description: 'JSON merge patch (RFC 7396) of what the level holds; null takes a key away.',
      }),
      locked: t.stringList({
        description:
          'Paths, e.g. smtp.host, that no level below may set: all of them; those of now where left out.',
      }),
    }),
  }),
  payload: UpdatePluginSettingsPayload,
  run: async (input, { app, actor }) => {
    requireKnown(actor)
    const row = await updateSettings(app, actor, {
      scope: input.scope,
      pluginId: optionalIdOf('Plugin', input.pluginId),
      organizationId: optionalIdOf('Organization', input.organizationId),
      installationId: optionalIdOf('Installation', input.installationId),
      settings: input.settings ?? null,
      locked: input.locked ?? undefined,
    })
    return await holderOf(app, row)
  },
})

mutation('revertPluginSettings', {
  description:
    'Makes a level of settings what it was in one of its revisions, as a new revision. Needs what changing it needs.',
  input: mutationInput('RevertPluginSettingsInput', {
    fields: (t) => ({ revisionId: t.id({ required: true }) }),
  }),
  payload: UpdatePluginSettingsPayload,
  run: async (input, { app, actor }) => {
    requireKnown(actor)
    return await holderOf(app, await revertSettings(app, actor, idOf('SettingsRevision', input.revisionId)))
  },
})

async function holderOf(app: App, row: LevelRow): Promise<SettingsChanged> {
  const { scope, pluginId, organizationId, installationId } = row
  if (scope === 'GLOBAL') return { pluginId }
  if (scope === 'SITE') return { installationId: installationId! }
  const where = { organizationId_pluginId: { organizationId: organizationId!, pluginId } }
  const config = await app.database.prisma.organizationPluginConfig.findUniqueOrThrow({
    where,
    select: { id: true },
  })
  return { configId: config.id }
}
