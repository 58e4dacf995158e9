import type { Role } from '../generated/prisma/enums.ts'

/** What can be permitted, `resource:action`. */
export type Permission =
  | 'plugins:read'
  | 'plugins:rate'
  | 'plugins:manage'
  | 'registries:manage'
  | 'packages:submit'
  | 'packages:review'
  | 'installations:read'
  | 'installations:manage'
  | 'plugins:run'
  | 'deployments:manage'
  | 'secrets:write'
  | 'health:write'
  | 'tenancy:read'
  | 'tenancy:manage'
  | 'audit:read'

const READ: Permission[] = ['plugins:read', 'installations:read', 'tenancy:read']

/** The roles are sets of permissions; where a membership holds them is another question (`authorize.ts`). */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  VIEWER: new Set(READ),
  OPERATOR: new Set<Permission>([
    ...READ,
    'plugins:rate',
    'installations:manage',
    'plugins:run',
    'deployments:manage',
    'secrets:write',
    'health:write',
  ]),
  ADMIN: new Set<Permission>([
    ...READ,
    'plugins:rate',
    'plugins:manage',
    'registries:manage',
    'packages:submit',
    'packages:review',
    'installations:manage',
    'plugins:run',
    'deployments:manage',
    'secrets:write',
    'health:write',
    'tenancy:manage',
    'audit:read',
  ]),
  PUBLISHER: new Set<Permission>(['plugins:read', 'packages:submit']),
  REVIEWER: new Set<Permission>(['plugins:read', 'packages:review']),
}
