import { builder } from '../../graphql/builder.ts'
import { idOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { updateLicensePolicy } from './update-license-policy.ts'

const LicensePolicy = builder
  .objectRef<{ licenseRequired: boolean; perpetualFallback: boolean; trialDays: number | null }>(
    'LicensePolicy',
  )
  .implement({
    fields: (t) => ({
      required: t.exposeBoolean('licenseRequired', { description: 'It runs only where it is licensed.' }),
      perpetualFallback: t.exposeBoolean('perpetualFallback', {
        description:
          'A version that was released before its licence expired stays usable where it is installed.',
      }),
      trialDays: t.exposeInt('trialDays', {
        nullable: true,
        description: 'Length of the one trial of an organization; null: there is none.',
      }),
    }),
  })

builder.prismaObjectField('Plugin', 'licensePolicy', (t) =>
  t.field({
    type: LicensePolicy,
    description: 'Whether installing needs a licence, and how licences end.',
    select: { licenseRequired: true, perpetualFallback: true, trialDays: true },
    resolve: (row) => row,
  }),
)

const LicensePolicyInput = builder.inputType('LicensePolicyInput', {
  description:
    'Whether installing needs a licence, and whether a version released before the expiry stays usable.',
  fields: (t) => ({
    required: t.boolean({ required: true }),
    perpetualFallback: t.boolean({ description: 'Left out: as it is.' }),
    trialDays: t.int({ description: '1 to 365; left out: as it is; null: no trials.' }),
  }),
})

const PluginPayload = payloadType<PayloadBase & { pluginId?: string }>('PluginPayload', (t) => ({
  plugin: entityField(t, 'Plugin', 'plugin', (payload) => payload.pluginId),
}))

mutation('updatePlugin', {
  description: "Changes a plugin's entry in the registry. Needs plugins:manage for its owner.",
  input: mutationInput('UpdatePluginInput', {
    fields: (t) => ({
      pluginId: t.id({ required: true }),
      licensePolicy: t.field({ type: LicensePolicyInput }),
    }),
  }),
  payload: PluginPayload,
  answer: 'pluginId',
  run: async (input, { app, actor }) => {
    const { required, perpetualFallback, trialDays } = input.licensePolicy ?? {}
    return {
      pluginId: await updateLicensePolicy(app, actor, idOf('Plugin', input.pluginId), {
        required,
        perpetualFallback: perpetualFallback ?? undefined,
        trialDays,
      }),
    }
  },
})
