import type { InstallationStatus, LicenseStatus, PackageStatus } from '../../generated/prisma/enums.ts'
import type { Tx } from '../../platform/database.ts'

/** What `disabledReasons` is made from, as a selection of an installation. */
export const ENABLEMENT = {
  status: true,
  supersededById: true,
  organizationEnabled: true,
  perpetual: true,
  plugin: { select: { enabled: true, licenseRequired: true } },
  package: { select: { status: true } },
  license: { select: { status: true, startsAt: true, endsAt: true } },
} as const

/** An installation with what decides whether it runs. */
export interface Enablement {
  status: InstallationStatus
  supersededById: string | null
  organizationEnabled: boolean
  perpetual: boolean
  plugin: { enabled: boolean; licenseRequired: boolean }
  package: { status: PackageStatus }
  license: { status: LicenseStatus; startsAt: Date; endsAt: Date | null } | null
}

/** Every reason for which an installation does not run at a time; empty exactly where `running` covers it. */
export function disabledReasons(row: Enablement, now: Date): string[] {
  const reasons: string[] = []
  if (row.supersededById !== null) reasons.push('It was replaced by another installation.')
  else if (row.status !== 'ACTIVE') reasons.push(`It is ${row.status}, not ACTIVE.`)
  if (!row.plugin.enabled) reasons.push('The plugin is disabled everywhere.')
  if (!row.organizationEnabled) reasons.push('The plugin is disabled for the organization.')
  if (row.package.status !== 'APPROVED') reasons.push(`Its package is ${row.package.status}.`)
  if (row.plugin.licenseRequired) reasons.push(...unlicensed(row, now))
  return reasons
}

function unlicensed({ license, perpetual }: Enablement, now: Date): string[] {
  if (license === null) return ['The plugin needs a licence, and it has none.']
  if (license.status === 'SUSPENDED' || license.status === 'REVOKED')
    return [`Its licence is ${license.status}.`]
  if (license.startsAt > now) return ['Its licence has not begun yet.']
  if (license.endsAt !== null && license.endsAt <= now && !perpetual) return ['Its licence has expired.']
  return []
}

/** Whether it runs while it is ACTIVE: then its code is told when that begins and ends, else a switch tells it. */
export async function wouldRun(db: Tx, id: string, now: Date): Promise<boolean> {
  const row = await db.installation.findUniqueOrThrow({ where: { id }, select: ENABLEMENT })
  return disabledReasons({ ...row, status: 'ACTIVE' }, now).length === 0
}
