import { requireKnown } from '../../auth/authorize.ts'
import { ROLE_PERMISSIONS } from '../../auth/permissions.ts'
import { Role } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { relatedConnection, rootConnection } from '../../graphql/connection.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { entityField, mutation, payloadType, type PayloadBase } from '../../graphql/mutation.ts'
import { jsonContains } from '../../graphql/json-contains.ts'
import { createApiKey } from './create-api-key.ts'
import { createOrganization } from './create-organization.ts'
import { createSite } from './create-site.ts'
import { visibleApiKeys, visibleOrganizations, visibleSites } from './policy.ts'
import { revokeApiKey } from './revoke-api-key.ts'

const RoleEnum = builder.enumType('Role', {
  description: 'What a principal may do. A membership without an organization holds on the whole platform.',
  values: Object.values(Role),
})

builder.prismaNode('Organization', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleOrganizations(context.actor)] }),
  select: { id: true },
  fields: (t) => ({ slug: t.exposeString('slug'), name: t.exposeString('name') }),
})

builder.prismaNode('Site', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleSites(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    slug: t.exposeString('slug'),
    name: t.exposeString('name'),
    organization: t.relation('organization'),
    hostVersion: t.expose('hostVersion', { type: 'SemVer' }),
    labels: t.expose('labels', { type: 'JSON' }),
  }),
})

relatedConnection('Organization', 'sites', {
  node: 'Site',
  model: 'site',
  ofParent: (organizationId) => ({ organizationId }),
  where: (_args, context) => visibleSites(context.actor),
})

const MembershipType = builder.prismaObject('Membership', {
  select: { id: true },
  fields: (t) => ({
    role: t.expose('role', { type: RoleEnum }),
    organization: t.relation('organization', { nullable: true }),
    permissions: t.stringList({
      select: { role: true },
      resolve: (membership) => [...ROLE_PERMISSIONS[membership.role]].sort(),
    }),
  }),
})

const ApiKeyType = builder.prismaNode('ApiKey', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleApiKeys(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    name: t.exposeString('name'),
    prefix: t.exposeString('prefix'),
    memberships: t.field({
      type: [MembershipType],
      select: (_args, _context, nested) => ({ principal: { select: { memberships: nested() } } }),
      resolve: (key) => (key as unknown as { principal: { memberships: never[] } }).principal.memberships,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
  }),
})

/** Whoever acts. */
const Principal = builder.unionType('Principal', { types: [ApiKeyType], resolveType: () => ApiKeyType })

builder.queryFields((t) => ({
  viewer: t.field({
    type: Principal,
    nullable: true,
    description: 'Whose key this request carries; null for a stranger.',
    resolve: async (_root, _args, { app, actor }) =>
      actor.principalId === null
        ? null
        : await app.database.prisma.apiKey.findUnique({ where: { id: actor.principalId } }),
  }),
  organization: t.prismaField({
    type: 'Organization',
    nullable: true,
    args: { slug: t.arg.string({ required: true }) },
    resolve: (query, _root, { slug }, { app, actor }) => {
      requireKnown(actor)
      return app.database.prisma.organization.findFirst({
        ...query,
        where: { slug, AND: [visibleOrganizations(actor)] },
      })
    },
  }),
  site: t.prismaField({
    type: 'Site',
    nullable: true,
    args: { organization: t.arg.string({ required: true }), slug: t.arg.string({ required: true }) },
    resolve: (query, _root, { organization, slug }, { app, actor }) => {
      requireKnown(actor)
      const where = { slug, organization: { slug: organization }, AND: [visibleSites(actor)] }
      return app.database.prisma.site.findFirst({ ...query, where })
    },
  }),
}))

rootConnection('organizations', {
  node: 'Organization',
  model: 'organization',
  where: (_args, { actor }) => {
    requireKnown(actor)
    return visibleOrganizations(actor)
  },
})

rootConnection('sites', {
  node: 'Site',
  model: 'site',
  args: (arg) => ({
    organizationId: arg.id(),
    labels: arg({ type: 'JSON', description: 'Sites that have all of these labels.' }),
    search: arg.string({ description: 'Part of the name or slug.' }),
  }),
  where: (args, { actor }) => {
    requireKnown(actor)
    const organizationId = optionalIdOf('Organization', args.organizationId)
    const search = args.search ? { contains: args.search, mode: 'insensitive' as const } : undefined
    return {
      AND: [
        visibleSites(actor),
        organizationId === undefined ? {} : { organizationId },
        search === undefined ? {} : { OR: [{ name: search }, { slug: search }] },
        ...jsonContains('labels', args.labels),
      ],
    }
  },
})

rootConnection('apiKeys', {
  node: 'ApiKey',
  model: 'apiKey',
  where: (_args, { actor }) => {
    requireKnown(actor)
    return visibleApiKeys(actor)
  },
})

const OrganizationPayload = payloadType<PayloadBase & { organizationId?: string }>(
  'OrganizationPayload',
  (t) => ({
    organization: entityField(t, 'Organization', 'organization', (payload) => payload.organizationId),
  }),
)

mutation('createOrganization', {
  description: 'Makes a tenant. Needs ADMIN on the platform.',
  input: builder.inputType('CreateOrganizationInput', {
    fields: (t) => ({ slug: t.string({ required: true }), name: t.string({ required: true }) }),
  }),
  payload: OrganizationPayload,
  run: async (input, { app, actor }) => ({ organizationId: await createOrganization(app, actor, input) }),
})

const SitePayload = payloadType<PayloadBase & { siteId?: string }>('SitePayload', (t) => ({
  site: entityField(t, 'Site', 'site', (payload) => payload.siteId),
}))

mutation('createSite', {
  description: 'Makes a site of an organization. Needs ADMIN there.',
  input: builder.inputType('CreateSiteInput', {
    fields: (t) => ({
      organizationId: t.id({ required: true }),
      slug: t.string({ required: true }),
      name: t.string({ required: true }),
      hostVersion: t.field({ type: 'SemVer', required: true }),
      labels: t.field({ type: 'JSON' }),
    }),
  }),
  payload: SitePayload,
  run: async (input, { app, actor }) => {
    const organizationId = idOf('Organization', input.organizationId)
    return { siteId: await createSite(app, actor, { ...input, organizationId, labels: input.labels ?? {} }) }
  },
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
  description: 'Makes an API key with one role. Needs ADMIN where the role is to hold.',
  input: builder.inputType('CreateApiKeyInput', {
    fields: (t) => ({
      name: t.string({ required: true }),
      role: t.field({ type: RoleEnum, required: true }),
      organizationId: t.id(),
      expiresAt: t.field({ type: 'DateTime' }),
    }),
  }),
  payload: CreateApiKeyPayload,
  run: async (input, { app, actor }) => {
    const { id, secret } = await createApiKey(app, actor, {
      name: input.name,
      role: input.role,
      organizationId: optionalIdOf('Organization', input.organizationId),
      expiresAt: input.expiresAt ?? undefined,
    })
    return { apiKeyId: id, secret }
  },
})

mutation('revokeApiKey', {
  description: 'Ends an API key for good; its open streams are closed within a second.',
  input: builder.inputType('RevokeApiKeyInput', { fields: (t) => ({ apiKeyId: t.id({ required: true }) }) }),
  payload: ApiKeyPayload,
  run: async (input, { app, actor }) => ({
    apiKeyId: await revokeApiKey(app, actor, idOf('ApiKey', input.apiKeyId)),
  }),
})
