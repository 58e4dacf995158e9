import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { createRegistry } from './create-registry.ts'
import { RegistryTypeEnum } from './registry-graphql.ts'
import { updateRegistry } from './update-registry.ts'

const RegistryPayload = payloadType<PayloadBase & { registryId?: string }>('RegistryPayload', (t) => ({
  registry: entityField(t, 'Registry', 'registry', (payload) => payload.registryId),
}))

const STORAGE =
  "Where new archives go, e.g. s3://bucket/prefix; left out: the platform's own store. For the platform's admins."

mutation('createRegistry', {
  description: 'Makes a registry of an organization, of a site, or of the platform.',
  input: mutationInput('CreateRegistryInput', {
    fields: (t) => ({
      slug: t.string({ required: true }),
      name: t.string({ required: true }),
      type: t.field({ type: RegistryTypeEnum, required: true }),
      organizationId: t.id({ description: "Left out: the platform's; of a SITE registry, the site's." }),
      siteId: t.id({ description: 'For SITE registries.' }),
      storage: t.string({ description: STORAGE }),
    }),
  }),
  payload: RegistryPayload,
  answer: 'registryId',
  run: async (input, { app, actor }) => ({
    registryId: await createRegistry(app, actor, {
      ...input,
      organizationId: optionalIdOf('Organization', input.organizationId),
      siteId: optionalIdOf('Site', input.siteId),
      storage: input.storage ?? undefined,
    }),
  }),
})

mutation('updateRegistry', {
  description: 'Changes a registry. One that is not active takes no submissions; what is there stays.',
  input: mutationInput('UpdateRegistryInput', {
    fields: (t) => ({
      registryId: t.id({ required: true }),
      name: t.string(),
      storage: t.string({ description: STORAGE }),
      isActive: t.boolean(),
    }),
  }),
  payload: RegistryPayload,
  answer: 'registryId',
  run: async (input, { app, actor }) => ({
    registryId: await updateRegistry(app, actor, {
      registryId: idOf('Registry', input.registryId),
      name: input.name ?? undefined,
      storage: input.storage ?? undefined,
      isActive: input.isActive ?? undefined,
    }),
  }),
})
