import { Role } from '../generated/prisma/enums.ts'

/** A role as it is written: `ADMIN` on the platform, `OPERATOR@acme` in the organization with that slug. */
export interface NamedRole {
  role: Role
  /** Slug; null: on the platform. */
  organization: string | null
}

/** What a value of a token's claim stands for. */
export interface RoleMapping extends NamedRole {
  value: string
}

/** What a text means as a role; null where it is none. */
export function parseRole(text: string): NamedRole | null {
  const [name, organization, ...rest] = text.split('@')
  const role = Object.values(Role).find((known) => known === name)
  if (role === undefined || rest.length > 0) return null
  if (organization !== undefined && !SLUG.test(organization)) return null
  return { role, organization: organization ?? null }
}

/** `ops=OPERATOR@acme,platform-admins=ADMIN`; null where a part of it is no such pair. */
export function parseRoleMap(text: string): RoleMapping[] | null {
  const mappings = text.split(',').map((pair): RoleMapping | null => {
    // A claim's value may hold an equals sign, a role may not.
    const [, value = '', role = ''] = /^(.*)=([^=]*)$/.exec(pair.trim()) ?? []
    const named = parseRole(role.trim())
    return value.trim() === '' || named === null ? null : { value: value.trim(), ...named }
  })
  return mappings.every((mapping) => mapping !== null) ? mappings : null
}

/** As slugs of organizations are. */
const SLUG = /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/
