import type { Role } from '../generated/prisma/enums.ts'

/** What can be permitted, `resource:action`. */
export const PERMISSIONS = [
  'plugins:read',
  'plugins:rate',
  'plugins:manage',
  'plugins:run',
  'registries:manage',
  'packages:submit',
  'packages:review',
  'installations:read',
  'installations:manage',
  'deployments:manage',
  'licenses:read',
  'licenses:manage',
  'settings:write',
  'secrets:write',
  'health:write',
  'tenancy:read',
  'tenancy:manage',
  'audit:read',
] as const

export type Permission = (typeof PERMISSIONS)[number]

const READ: Permission[] = ['plugins:read', 'installations:read', 'licenses:read', 'tenancy:read']
const OPERATE: Permission[] = [
  ...READ,
  'plugins:rate',
  'plugins:run',
  'installations:manage',
  'deployments:manage',
  'settings:write',
  'secrets:write',
  'health:write',
]

/** The roles are sets of permissions; where a membership holds them is another question (`authorize.ts`). */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  VIEWER: new Set(READ),
  OPERATOR: new Set(OPERATE),
  ADMIN: new Set(PERMISSIONS),
  PUBLISHER: new Set<Permission>(['plugins:read', 'packages:submit']),
  REVIEWER: new Set<Permission>(['plugins:read', 'packages:review']),
}
