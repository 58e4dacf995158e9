import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, requireKnown } from '../../auth/authorize.ts'
import { notFound } from '../../lib/errors.ts'
import type { JsonValue } from '../../lib/json.ts'
import { visiblePlugins } from '../packages/policy.ts'
import { CHECKED, checkLicense, isUsable, LICENSE_DETAILS, type LicenseCode } from './license-check.ts'
import { licenseKeyHash } from './license-key.ts'

/** What `validateLicense` tells. */
export interface LicenseValidation {
  valid: boolean
  code: LicenseCode
  detail: string
  /** Null for a key that nobody knows. Who may see it is the reader's question. */
  licenseId: string | null
}

/**
 * Checks a key for a plugin at a site, as installing there would, and takes nothing. An unknown key is the code NOT_FOUND; of
 * a licence of others its holder is told no more than that it does not serve here.
 */
export async function validateLicense(
  app: App,
  actor: Actor,
  { key, siteId, pluginId }: { key: string; siteId: string; pluginId: string },
): Promise<LicenseValidation> {
  requireKnown(actor)
  const { prisma } = app.database
  const site = await prisma.site.findUnique({
    where: { id: siteId },
    select: { id: true, organizationId: true, labels: true },
  })
  if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
  const plugins = await prisma.plugin.count({ where: { AND: [{ id: pluginId }, visiblePlugins(actor)] } })
  if (plugins === 0) throw notFound('plugin')
  const keyHash = licenseKeyHash(key)
  const license =
    keyHash === null
      ? null
      : await prisma.license.findUnique({
          where: { keyHash },
          select: { ...CHECKED, id: true, seats: { where: { siteId }, select: { siteId: true } } },
        })
  const code = checkLicense(license, {
    pluginId,
    site: { ...site, labels: site.labels as JsonValue },
    seated: license !== null && license.seats.length > 0,
    now: app.clock.now(),
  })
  return { valid: isUsable(code), code, detail: LICENSE_DETAILS[code], licenseId: license?.id ?? null }
}
