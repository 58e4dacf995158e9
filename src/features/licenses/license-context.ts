import type { LicenseStatus, LicenseType } from '../../generated/prisma/enums.ts'
import type { JsonValue } from '../../lib/json.ts'
import { isForDevelopment } from './license-check.ts'

/** What `ctx.license` is made from, as a selection of a licence. */
export const SHOWN_TO_PLUGINS = {
  type: true,
  status: true,
  startsAt: true,
  expiresAt: true,
  endsAt: true,
  entitlements: true,
} as const

/** What a plugin sees as `ctx.license`. */
export type LicenseContext = {
  type: LicenseType
  entitlements: string[]
  /** RFC 3339; null: it never expires. */
  expiresAt: string | null
}

/** A licence as it was selected for that. */
export interface ShownLicense {
  type: LicenseType
  status: LicenseStatus
  startsAt: Date
  expiresAt: Date | null
  endsAt: Date | null
  entitlements: string[]
}

/**
 * What an installation's plugin is told of its licence; null where it has none, or none that is in force: a plugin that
 * runs without a licence as well has no entitlements then.
 */
export function licenseContext(
  {
    license,
    perpetual,
    site,
  }: { license: ShownLicense | null; perpetual: boolean; site: { labels: JsonValue } },
  now: Date,
): LicenseContext | null {
  if (license === null || license.startsAt > now) return null
  if (license.type === 'DEVELOPER' && !isForDevelopment(site.labels)) return null
  if (license.status === 'SUSPENDED' || license.status === 'REVOKED') return null
  if (license.endsAt !== null && license.endsAt <= now && !perpetual) return null
  return {
    type: license.type,
    entitlements: license.entitlements,
    expiresAt: license.expiresAt?.toISOString() ?? null,
  }
}
