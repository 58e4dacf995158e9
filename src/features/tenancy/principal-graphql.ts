import { requireKnown } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { objectConnection } from '../../graphql/object-connection.ts'
import type { Context } from '../../graphql/context.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { keyDetailsFor, type KeyDetails } from './key-details.ts'
import { Membership } from './membership-graphql.ts'
import { visibleApiKeys, visibleUsers } from './policy.ts'
import { userDetailsFor, type UserDetails } from './user-details.ts'

const DETAILS = Symbol('details of API keys')
const USERS = Symbol('details of users')

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
      type: [Membership],
      description: 'Where the key is not yours to see: only those in organizations that you see.',
      resolve: async (key, _args, context) => (await detailsOf(key, context)).memberships,
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

/** The same of a user. */
async function userOf({ id }: { id: string }, { app, actor, loaders }: Context): Promise<UserDetails> {
  return await loaderOf(loaders, USERS, () => userDetailsFor(app, actor)).load(id)
}

builder.prismaNode('User', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleUsers(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    email: t.string({
      description: 'Empty where the user has no role in an organization that you see.',
      resolve: async (user, _args, context) => (await userOf(user, context)).email,
    }),
    name: t.string({ resolve: async (user, _args, context) => (await userOf(user, context)).name }),
    memberships: t.field({
      type: [Membership],
      description:
        'In organizations that you see. Of yourself all, also what your token gives while it lives.',
      resolve: async (user, _args, context) => (await userOf(user, context)).memberships,
    }),
  }),
})

objectConnection('Organization', 'members', {
  description: 'Users who have a role in it. What the claims of their tokens give besides is not known here.',
  node: 'User',
  model: 'user',
  where: (organizationId, { actor }) => ({
    AND: [visibleUsers(actor), { principal: { memberships: { some: { organizationId } } } }],
  }),
})

builder.queryField('viewer', (t) =>
  t.field({
    type: Principal,
    nullable: true,
    description: 'Whose key or token this request carries; null for a stranger.',
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
