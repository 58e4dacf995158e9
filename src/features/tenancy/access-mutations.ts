import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { grantPermission } from './grant-permission.ts'
import { grantRole } from './grant-role.ts'
import { RoleEnum } from './membership-graphql.ts'
import { OrganizationPayload } from './mutations.ts'
import { revokePermission } from './revoke-permission.ts'
import { revokeRole } from './revoke-role.ts'

const UserPayload = payloadType<PayloadBase & { userId?: string }>('UserPayload', (t) => ({
  user: entityField(t, 'User', 'user', (payload) => payload.userId),
}))

mutation('grantRole', {
  description:
    'Gives a user a role, in an organization or on the platform, and makes the user where there is none with that address. Needs ADMIN there.',
  input: mutationInput('GrantRoleInput', {
    fields: (t) => ({
      email: t.string({ required: true }),
      name: t.string({ description: 'Of a user who is not known yet; his address where left out.' }),
      role: t.field({ type: RoleEnum, required: true }),
      organizationId: t.id(),
    }),
  }),
  payload: UserPayload,
  answer: 'userId',
  run: async (input, { app, actor }) => ({
    userId: await grantRole(app, actor, {
      email: input.email,
      name: input.name ?? undefined,
      role: input.role,
      organizationId: optionalIdOf('Organization', input.organizationId),
    }),
  }),
})

mutation('revokeRole', {
  description:
    'Takes a role from a user; his open streams end within ten seconds. Needs ADMIN there. The last administrator of the platform stays.',
  input: mutationInput('RevokeRoleInput', {
    fields: (t) => ({
      email: t.string({ required: true }),
      role: t.field({ type: RoleEnum, required: true }),
      organizationId: t.id(),
    }),
  }),
  payload: UserPayload,
  answer: 'userId',
  run: async (input, { app, actor }) => ({
    userId: await revokeRole(app, actor, {
      email: input.email,
      role: input.role,
      organizationId: optionalIdOf('Organization', input.organizationId),
    }),
  }),
})

mutation('grantPermission', {
  description:
    'Gives a role of an organization a permission that a plugin contributes, which its routes may demand. Needs ADMIN there.',
  input: mutationInput('GrantPermissionInput', {
    fields: (t) => ({
      organizationId: t.id({ required: true }),
      role: t.field({ type: RoleEnum, required: true }),
      permission: t.string({ required: true }),
    }),
  }),
  payload: OrganizationPayload,
  answer: 'organizationId',
  run: async (input, { app, actor }) => ({
    organizationId: await grantPermission(app, actor, {
      ...input,
      organizationId: idOf('Organization', input.organizationId),
    }),
  }),
})

mutation('revokePermission', {
  description: 'Takes a permission of a plugin from a role again. Needs ADMIN there.',
  input: mutationInput('RevokePermissionInput', {
    fields: (t) => ({
      organizationId: t.id({ required: true }),
      role: t.field({ type: RoleEnum, required: true }),
      permission: t.string({ required: true }),
    }),
  }),
  payload: OrganizationPayload,
  answer: 'organizationId',
  run: async (input, { app, actor }) => ({
    organizationId: await revokePermission(app, actor, {
      ...input,
      organizationId: idOf('Organization', input.organizationId),
    }),
  }),
})
