import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { createApiKey } from './create-api-key.ts'
import { createOrganization } from './create-organization.ts'
import { createSite } from './create-site.ts'
import { RoleEnum } from './membership-graphql.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { updateOrganization } from './update-organization.ts'
import { updateSite } from './update-site.ts'

export const OrganizationPayload = payloadType<PayloadBase & { organizationId?: string }>(
  'OrganizationPayload',
  (t) => ({
    organization: entityField(t, 'Organization', 'organization', (payload) => payload.organizationId),
  }),
)

mutation('createOrganization', {
  description: 'Makes a tenant. Needs ADMIN on the platform.',
  input: mutationInput('CreateOrganizationInput', {
    fields: (t) => ({ slug: t.string({ required: true }), name: t.string({ required: true }) }),
  }),
  payload: OrganizationPayload,
  answer: 'organizationId',
  run: async (input, { app, actor }) => ({ organizationId: await createOrganization(app, actor, input) }),
})

mutation('updateOrganization', {
  description: 'Changes what is given of an organization. Needs ADMIN there.',
  input: mutationInput('UpdateOrganizationInput', {
    fields: (t) => ({
      organizationId: t.id({ required: true }),
      name: t.string(),
      requireSignatures: t.boolean({
        description: 'From now on only packages with a valid signature of their publisher are installed.',
      }),
    }),
  }),
  payload: OrganizationPayload,
  answer: 'organizationId',
  run: async (input, { app, actor }) => ({
    organizationId: await updateOrganization(app, actor, {
      organizationId: idOf('Organization', input.organizationId),
      name: input.name ?? undefined,
      requireSignatures: input.requireSignatures ?? undefined,
    }),
  }),
})

const SitePayload = payloadType<PayloadBase & { siteId?: string }>('SitePayload', (t) => ({
  site: entityField(t, 'Site', 'site', (payload) => payload.siteId),
}))

mutation('createSite', {
  description: 'Makes a site of an organization. Needs ADMIN there.',
  input: mutationInput('CreateSiteInput', {
    fields: (t) => ({
      organizationId: t.id({ required: true }),
      slug: t.string({ required: true }),
      name: t.string({ required: true }),
      hostVersion: t.field({ type: 'SemVer', required: true }),
      labels: t.field({ type: 'JSON' }),
    }),
  }),
  payload: SitePayload,
  answer: 'siteId',
  run: async (input, { app, actor }) => {
    const organizationId = idOf('Organization', input.organizationId)
    return { siteId: await createSite(app, actor, { ...input, organizationId, labels: input.labels ?? {} }) }
  },
})

mutation('updateSite', {
  description:
    'Changes what is given of a site. Needs ADMIN there. What is not made for a new host version runs on: checkHostVersion tells it before.',
  input: mutationInput('UpdateSiteInput', {
    fields: (t) => ({
      siteId: t.id({ required: true }),
      name: t.string(),
      hostVersion: t.field({ type: 'SemVer' }),
      labels: t.field({ type: 'JSON', description: 'In place of all former ones.' }),
    }),
  }),
  payload: SitePayload,
  answer: 'siteId',
  run: async (input, { app, actor }) => ({
    siteId: await updateSite(app, actor, {
      siteId: idOf('Site', input.siteId),
      name: input.name ?? undefined,
      hostVersion: input.hostVersion ?? undefined,
      labels: input.labels ?? undefined,
    }),
  }),
})

interface ApiKeyChanged extends PayloadBase {
  apiKeyId?: string
  secret?: string
}

const CreateApiKeyPayload = payloadType<ApiKeyChanged>('CreateApiKeyPayload', (t) => ({
  apiKey: entityField(t, 'ApiKey', 'apiKey', (payload) => payload.apiKeyId),
  secret: t.string({
    nullable: true,
    description: 'The key in full: shown only here.',
    resolve: (payload) => payload.secret ?? null,
  }),
}))

const ApiKeyPayload = payloadType<ApiKeyChanged>('ApiKeyPayload', (t) => ({
  apiKey: entityField(t, 'ApiKey', 'apiKey', (payload) => payload.apiKeyId),
}))

mutation('createApiKey', {
  description:
    'Makes an API key with one role, or some of its permissions. Needs ADMIN where the role is to hold; nobody gives more than he holds.',
  input: mutationInput('CreateApiKeyInput', {
    fields: (t) => ({
      name: t.string({ required: true }),
      role: t.field({ type: RoleEnum, required: true }),
      organizationId: t.id(),
      permissions: t.stringList({
        description: 'Fewer than the role gives, also of plugins; left out: all of it.',
      }),
      expiresAt: t.field({ type: 'DateTime' }),
    }),
  }),
  payload: CreateApiKeyPayload,
  toldOnce: ['secret'],
  answer: 'apiKeyId',
  run: async (input, { app, actor }) => {
    const { id, secret } = await createApiKey(app, actor, {
      name: input.name,
      role: input.role,
      organizationId: optionalIdOf('Organization', input.organizationId),
      permissions: input.permissions ?? undefined,
      expiresAt: input.expiresAt ?? undefined,
    })
    return { apiKeyId: id, secret }
  },
})

mutation('revokeApiKey', {
  description: 'Ends an API key for good; its open streams are closed within a second.',
  input: mutationInput('RevokeApiKeyInput', { fields: (t) => ({ apiKeyId: t.id({ required: true }) }) }),
  payload: ApiKeyPayload,
  answer: 'apiKeyId',
  run: async (input, { app, actor }) => ({
    apiKeyId: await revokeApiKey(app, actor, idOf('ApiKey', input.apiKeyId)),
  }),
})
