import type { App } from '../app.ts'
import { parseRole, type NamedRole } from '../config/role-mapping.ts'
import type { Grant } from './actor.ts'

/** Roles that a token's claims give; values that stand for none, and organizations that there are not, give nothing. */
export async function grantsOfClaims(app: App, claims: Readonly<Record<string, unknown>>): Promise<Grant[]> {
  const { jwt } = app.config
  if (jwt === null) return []
  const { rolesClaim, roleMap } = jwt
  const values = new Set(valuesOf(claimAt(claims, rolesClaim)))
  const roles: NamedRole[] =
    roleMap === null
      ? [...values].flatMap((value) => parseRole(value) ?? [])
      : roleMap.filter(({ value }) => values.has(value))
  const slugs = [...new Set(roles.flatMap(({ organization }) => organization ?? []))]
  const rows =
    slugs.length === 0
      ? []
      : await app.database.prisma.organization.findMany({
          where: { slug: { in: slugs } },
          select: { id: true, slug: true },
        })
  const idOf = new Map(rows.map(({ id, slug }) => [slug, id]))
  return roles.flatMap(({ role, organization }): Grant[] => {
    if (organization === null) return [{ role, organizationId: null, permissions: null }]
    const organizationId = idOf.get(organization)
    return organizationId === undefined ? [] : [{ role, organizationId, permissions: null }]
  })
}

/** A claim by its name, which may be a URL with dots in it; else by the path to it. */
function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let value: unknown = claims
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

function valuesOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(/\s+/)
  return Array.isArray(claim) ? claim.filter((value) => typeof value === 'string') : []
}
