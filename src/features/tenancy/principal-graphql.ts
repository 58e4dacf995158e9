import { requireKnown } from '../../auth/authorize.ts'
import { ROLE_PERMISSIONS } from '../../auth/permissions.ts'
import { Role } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import type { Context } from '../../graphql/context.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { keyDetailsFor, type KeyDetails } from './key-details.ts'
import { visibleApiKeys } from './policy.ts'

export const RoleEnum = builder.enumType('Role', {
  description: 'What a principal may do. A membership without an organization holds on the whole platform.',
  values: Object.values(Role),
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

const DETAILS = Symbol('details of API keys')

/** What the viewer may know of a key: never read from the row itself, which may be a stranger's. */
async function detailsOf({ id }: { id: string }, { app, actor, loaders }: Context): Promise<KeyDetails> {
  return await loaderOf(loaders, DETAILS, () => keyDetailsFor(app, actor)).load(id)
}

builder.prismaNode('ApiKey', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleApiKeys(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    name: t.string({ resolve: async (key, _args, context) => (await detailsOf(key, context)).name }),
    prefix: t.string({
      description:
        'The first characters, to recognise a key by; the key itself is shown once, when made. Empty where the key is not yours to see.',
      resolve: async (key, _args, context) => (await detailsOf(key, context)).prefix,
    }),
    memberships: t.field({
      type: [MembershipType],
      description: 'Where the key is not yours to see: only those in organizations that you see.',
      resolve: async (key, _args, context) => (await detailsOf(key, context)).memberships as never[],
    }),
    createdAt: t.field({
      type: 'DateTime',
      resolve: async (key, _args, context) => (await detailsOf(key, context)).createdAt,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: async (key, _args, context) => (await detailsOf(key, context)).expiresAt,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: async (key, _args, context) => (await detailsOf(key, context)).lastUsedAt,
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: async (key, _args, context) => (await detailsOf(key, context)).revokedAt,
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: Principal,
    nullable: true,
    description: 'Whose key this request carries; null for a stranger.',
    resolve: (_root, _args, { actor }) => principalOf(actor.principalId),
  }),
)

rootConnection('apiKeys', {
  node: 'ApiKey',
  model: 'apiKey',
  where: (_args, { actor }) => {
    requireKnown(actor)
    return visibleApiKeys(actor)
  },
})
