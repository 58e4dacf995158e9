import type { InstallationStatus, PackageStatus } from '../../generated/prisma/enums.ts'

/** Every reason for which an installation does not run now; empty where it does. */
export function disabledReasons(row: {
  status: InstallationStatus
  supersededById: string | null
  plugin: { enabled: boolean }
  package: { status: PackageStatus }
}): string[] {
  const reasons: string[] = []
  if (row.supersededById !== null) reasons.push('It was replaced by another installation.')
  else if (row.status !== 'ACTIVE') reasons.push(`It is ${row.status}, not ACTIVE.`)
  if (!row.plugin.enabled) reasons.push('The plugin is disabled everywhere.')
  if (row.package.status !== 'APPROVED') reasons.push(`Its package is ${row.package.status}.`)
  return reasons
}
