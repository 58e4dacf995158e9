import { gives } from '../../auth/authorize.ts'
import { grantOf, type StoredMembership } from '../../auth/memberships.ts'
import { PERMISSIONS } from '../../auth/permissions.ts'
import { Role } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { contributedLoader, type Contributed } from './contributed-permissions.ts'

const CONTRIBUTED = Symbol('contributed permissions')

export const RoleEnum = builder.enumType('Role', {
  description: 'What a principal may do. A membership without an organization holds on the whole platform.',
  values: Object.values(Role),
})

export const Membership = builder.objectRef<StoredMembership>('Membership').implement({
  fields: (t) => ({
    role: t.expose('role', { type: RoleEnum }),
    organization: t.prismaField({
      type: 'Organization',
      nullable: true,
      // Of all memberships of a request in one query: Prisma gathers look-ups by id.
      resolve: async (query, { organizationId }, _args, { app }) => {
        const selection = { ...query }
        if (organizationId === null) return null
        return await app.database.prisma.organization.findUnique({
          ...selection,
          where: { id: organizationId },
        })
      },
    }),
    permissions: t.stringList({
      description:
        'What it gives in effect: of the role, or of what a key was narrowed to. In an organization with those of its plugins.',
      resolve: async (membership, _args, context) => {
        const grant = grantOf(membership)
        const own = PERMISSIONS.filter((permission) => gives(grant, permission))
        const contributed =
          grant.organizationId === null
            ? []
            : contributedTo(grant.role, await contributedIn(grant.organizationId, context))
        return [...own, ...contributed.filter((it) => grant.permissions?.has(it) ?? true)].sort()
      },
    }),
  }),
})

/** What a role of an organization gives. */
interface RolePermissions {
  role: Role
  organizationId: string
}

const RolePermissionsType = builder.objectRef<RolePermissions>('RolePermissions').implement({
  description: 'What a role gives in an organization.',
  fields: (t) => ({
    role: t.expose('role', { type: RoleEnum }),
    permissions: t.stringList({
      description: "Patchbay's own, which are the same everywhere.",
      resolve: ({ role }) =>
        PERMISSIONS.filter((it) => gives({ role, organizationId: null, permissions: null }, it)).sort(),
    }),
    contributed: t.stringList({
      description: 'Those of plugins, which `grantPermission` gives; administrators hold all.',
      resolve: async ({ role, organizationId }, _args, context) =>
        contributedTo(role, await contributedIn(organizationId, context)),
    }),
  }),
})

builder.prismaObjectField('Organization', 'rolePermissions', (t) =>
  t.field({
    type: [RolePermissionsType],
    select: { id: true },
    resolve: ({ id }) => Object.values(Role).map((role) => ({ role, organizationId: id })),
  }),
)

async function contributedIn(organizationId: string, { app, loaders }: Context): Promise<Contributed> {
  return await loaderOf(loaders, CONTRIBUTED, () => contributedLoader(app)).load(organizationId)
}

function contributedTo(role: Role, { installed, given }: Contributed): string[] {
  if (role === 'ADMIN') return installed
  return given.filter((it) => it.role === role).map(({ permission }) => permission)
}
