import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can } from '../../auth/authorize.ts'
import type { LicenseType } from '../../generated/prisma/enums.ts'
import { notFound, UserError } from '../../lib/errors.ts'

/** Whose licence it is to be; nobody's where both are null: of whoever has its key. */
export interface Licensee {
  organizationId: string | null
  siteId: string | null
}

/** For whom a licence of a type must be, and may be. */
const PLACES: Readonly<Record<LicenseType, { needs: 'organization' | 'site' | null; site: boolean }>> = {
  FREE: { needs: null, site: true },
  TRIAL: { needs: 'organization', site: true },
  SITE: { needs: 'site', site: true },
  ENTERPRISE: { needs: 'organization', site: false },
  DEVELOPER: { needs: null, site: true },
}

/**
 * The organization and site that are named, as their type needs them; a site says by itself of which organization it is.
 * NOT_FOUND for those that the actor may not see: nobody issues licences to organizations that he does not know.
 */
export async function findLicensee(
  app: App,
  actor: Actor,
  input: { type: LicenseType; organizationId?: string | undefined; siteId?: string | undefined },
): Promise<Licensee> {
  const { type, organizationId, siteId } = input
  const { prisma } = app.database
  if (organizationId !== undefined) {
    const known = await prisma.organization.count({ where: { id: organizationId } })
    if (known === 0 || !can(actor, 'tenancy:read', organizationId)) throw notFound('organization')
  }
  const site =
    siteId === undefined
      ? null
      : await prisma.site.findUnique({ where: { id: siteId }, select: { id: true, organizationId: true } })
  if (siteId !== undefined && (site === null || !can(actor, 'tenancy:read', site.organizationId))) {
    throw notFound('site')
  }
  const { needs, site: maySite } = PLACES[type]
  if (site !== null && organizationId !== undefined && site.organizationId !== organizationId) {
    throw wrong('siteId', 'The site is of another organization than the one that is named.')
  }
  if (needs === 'site' && site === null) throw wrong('siteId', `A ${type} licence is for a site: name it.`)
  if (site !== null && !maySite) throw wrong('siteId', `A ${type} licence is for a whole organization.`)
  const licensee = {
    organizationId: site?.organizationId ?? organizationId ?? null,
    siteId: site?.id ?? null,
  }
  if (needs === 'organization' && licensee.organizationId === null) {
    throw wrong('organizationId', `A ${type} licence is for an organization: name it.`)
  }
  return licensee
}

function wrong(field: string, message: string): UserError {
  return new UserError('INVALID_INPUT', message, [field])
}
