import type { Role } from '../generated/prisma/enums.ts'
import type { Grant } from './actor.ts'

/** What of a membership decides what it gives. */
export const MEMBERSHIP = { role: true, organizationId: true, narrowed: true, permissions: true } as const

/** A stored membership. */
export interface StoredMembership {
  role: Role
  organizationId: string | null
  narrowed: boolean
  permissions: string[]
}

/** What a membership gives. */
export function grantOf({ role, organizationId, narrowed, permissions }: StoredMembership): Grant {
  return { role, organizationId, permissions: narrowed ? new Set(permissions) : null }
}
