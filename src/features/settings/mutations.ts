import { requireKnown } from '../../auth/authorize.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { SettingsScopeEnum } from './graphql.ts'
import { holderOf, type SettingsHolder } from './holder-of.ts'
import { revertSettings } from './revert-settings.ts'
import { updateSettings } from './update-settings.ts'

type SettingsChanged = PayloadBase & SettingsHolder

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
  run: async (input, { app, actor }): Promise<SettingsChanged> => {
    requireKnown(actor)
    const row = await updateSettings(app, actor, {
      scope: input.scope,
      pluginId: optionalIdOf('Plugin', input.pluginId),
      organizationId: optionalIdOf('Organization', input.organizationId),
      installationId: optionalIdOf('Installation', input.installationId),
      settings: input.settings ?? null,
      locked: input.locked ?? undefined,
    })
    return await holderOf(app.database.prisma, row)
  },
})

mutation('revertPluginSettings', {
  description:
    'Makes a level of settings what it was in one of its revisions, as a new revision. Needs what changing it needs.',
  input: mutationInput('RevertPluginSettingsInput', {
    fields: (t) => ({ revisionId: t.id({ required: true }) }),
  }),
  payload: UpdatePluginSettingsPayload,
  run: async (input, { app, actor }): Promise<SettingsChanged> => {
    requireKnown(actor)
    const row = await revertSettings(app, actor, idOf('SettingsRevision', input.revisionId))
    return await holderOf(app.database.prisma, row)
  },
})
