import type { LicenseStatus, LicenseType } from '../../generated/prisma/enums.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'

/** What is wrong with a licence, the first that holds: this very order is the precedence. The last two are none: it is usable. */
export const LICENSE_CODES = [
  'NOT_FOUND',
  'REVOKED',
  'SUSPENDED',
  'NOT_STARTED',
  'PLUGIN_MISMATCH',
  'ORGANIZATION_MISMATCH',
  'SITE_MISMATCH',
  'DEVELOPMENT_ONLY',
  'EXPIRED',
  'TOO_MANY_INSTALLATIONS',
  'IN_GRACE_PERIOD',
  'VALID',
] as const

export type LicenseCode = (typeof LICENSE_CODES)[number]

/** What of a licence is checked, as a selection. */
export const CHECKED = {
  type: true,
  status: true,
  pluginId: true,
  organizationId: true,
  siteId: true,
  maxInstallations: true,
  usedInstallations: true,
  startsAt: true,
  expiresAt: true,
  endsAt: true,
} as const

/** A licence, as it is checked. */
export interface CheckedLicense {
  type: LicenseType
  status: LicenseStatus
  pluginId: string
  organizationId: string | null
  siteId: string | null
  maxInstallations: number | null
  usedInstallations: number
  startsAt: Date
  expiresAt: Date | null
  /** `expiresAt` and the grace period. */
  endsAt: Date | null
}

/** For what a licence is to be used. */
export interface LicenseUse {
  pluginId: string
  site: { id: string; organizationId: string; labels: JsonValue }
  /** The site holds one of its seats already. */
  seated: boolean
  now: Date
}

/**
 * The one check of a licence, for installing, activating, `validateLicense` and the seats alike: exactly one code, by the
 * precedence of `LICENSE_CODES`. Null is a key that nobody knows. Time decides about the expiry, not the state that a job
 * writes after it.
 */
export function checkLicense(license: CheckedLicense | null, use: LicenseUse): LicenseCode {
  if (license === null) return 'NOT_FOUND'
  const { site, now } = use
  if (license.status === 'REVOKED') return 'REVOKED'
  if (license.status === 'SUSPENDED') return 'SUSPENDED'
  if (license.startsAt > now) return 'NOT_STARTED'
  if (license.pluginId !== use.pluginId) return 'PLUGIN_MISMATCH'
  if (license.organizationId !== null && license.organizationId !== site.organizationId)
    return 'ORGANIZATION_MISMATCH'
  if (license.siteId !== null && license.siteId !== site.id) return 'SITE_MISMATCH'
  if (license.type === 'DEVELOPER' && !isForDevelopment(site.labels)) return 'DEVELOPMENT_ONLY'
  if (license.endsAt !== null && license.endsAt <= now) return 'EXPIRED'
  if (!use.seated && isFull(license)) return 'TOO_MANY_INSTALLATIONS'
  if (license.expiresAt !== null && license.expiresAt <= now) return 'IN_GRACE_PERIOD'
  return 'VALID'
}

/** Whether something may run by a licence of that code. */
export function isUsable(code: LicenseCode): boolean {
  return code === 'VALID' || code === 'IN_GRACE_PERIOD'
}

/** What a code means, for people; it names nothing of the licence that its holder might not know. */
export const LICENSE_DETAILS: Readonly<Record<LicenseCode, string>> = {
  NOT_FOUND: 'There is no such licence key.',
  REVOKED: 'The licence was revoked.',
  SUSPENDED: 'The licence is suspended.',
  NOT_STARTED: 'The licence has not begun yet.',
  PLUGIN_MISMATCH: 'The licence is for another plugin.',
  ORGANIZATION_MISMATCH: 'The licence is for another organization.',
  SITE_MISMATCH: 'The licence is for another site.',
  DEVELOPMENT_ONLY: 'The licence is for development only: the site needs the label env: development.',
  EXPIRED: 'The licence has expired.',
  TOO_MANY_INSTALLATIONS: 'All seats of the licence are taken.',
  IN_GRACE_PERIOD: 'The licence has expired and is in its grace period: renew it.',
  VALID: 'The licence is valid.',
}

/** Whether a site is one for development, by its labels; in SQL: `labels ->> 'env' = 'development'`, where `env` is a text. */
export function isForDevelopment(labels: JsonValue): boolean {
  return isJsonObject(labels) && Object.hasOwn(labels, 'env') && labels['env'] === 'development'
}

function isFull({ maxInstallations, usedInstallations }: CheckedLicense): boolean {
  return maxInstallations !== null && usedInstallations >= maxInstallations
}
