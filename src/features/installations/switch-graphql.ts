import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { setPluginEnabled } from './set-plugin-enabled.ts'

interface Switched extends PayloadBase {
  pluginId?: string
  configId?: string
}

const SetPluginEnabledPayload = payloadType<Switched>('SetPluginEnabledPayload', (t) => ({
  plugin: entityField(t, 'Plugin', 'plugin', (payload) => payload.pluginId),
  organizationConfig: entityField(
    t,
    'OrganizationPluginConfig',
    'organizationPluginConfig',
    (payload) => payload.configId,
  ),
}))

mutation('setPluginEnabled', {
  description:
    'Lets a plugin run or stops it, everywhere (plugins:manage on the platform) or for one organization (installations:manage there). Its onActivate or onDeactivate is called where that takes effect.',
  input: mutationInput('SetPluginEnabledInput', {
    fields: (t) => ({
      pluginId: t.id({ required: true }),
      organizationId: t.id({ description: 'Left out: globally.' }),
      enabled: t.boolean({ required: true }),
    }),
  }),
  payload: SetPluginEnabledPayload,
  resumes: true,
  run: async (input, { app, actor }) => {
    const pluginId = idOf('Plugin', input.pluginId)
    const organizationId = optionalIdOf('Organization', input.organizationId)
    await setPluginEnabled(app, actor, { pluginId, organizationId, enabled: input.enabled })
    if (organizationId === undefined) return { pluginId }
    const config = await app.database.prisma.organizationPluginConfig.findUnique({
      where: { organizationId_pluginId: { organizationId, pluginId } },
      select: { id: true },
    })
    return config === null ? { pluginId } : { pluginId, configId: config.id }
  },
})
