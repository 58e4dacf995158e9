import type {
  InstallationStatus,
  LicenseStatus,
  LicenseType,
  PackageStatus,
} from '../../generated/prisma/enums.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { isForDevelopment } from '../licenses/license-check.ts'

/** What `disabledReasons` is made from, as a selection of an installation. */
export const ENABLEMENT = {
  status: true,
  supersededById: true,
  organizationEnabled: true,
  perpetual: true,
  plugin: { select: { enabled: true, licenseRequired: true } },
  package: { select: { status: true } },
  license: { select: { type: true, status: true, startsAt: true, endsAt: true } },
  site: { select: { labels: true } },
} as const

/** An installation with what decides whether it runs. */
export interface Enablement {
  status: InstallationStatus
  supersededById: string | null
  organizationEnabled: boolean
  perpetual: boolean
  plugin: { enabled: boolean; licenseRequired: boolean }
  package: { status: PackageStatus }
  license: { type: LicenseType; status: LicenseStatus; startsAt: Date; endsAt: Date | null } | null
  site: { labels: unknown }
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

function unlicensed({ license, perpetual, site }: Enablement, now: Date): string[] {
  if (license === null) return ['The plugin needs a licence, and it has none.']
  if (license.status === 'SUSPENDED' || license.status === 'REVOKED')
    return [`Its licence is ${license.status}.`]
  if (license.startsAt > now) return ['Its licence has not begun yet.']
  if (license.type === 'DEVELOPER' && !isForDevelopment(site.labels as JsonValue))
    return ['Its licence is for development only, and its site is not labelled env: development.']
  if (license.endsAt !== null && license.endsAt <= now && !perpetual) return ['Its licence has expired.']
  return []
}

/** Whether it runs while it is ACTIVE: then its code is told when that begins and ends, else a switch tells it. */
export async function wouldRun(db: Tx, id: string, now: Date): Promise<boolean> {
  const row = await readRow(db, id)
  return disabledReasons({ ...row, status: 'ACTIVE' }, now).length === 0
}

/**
 * What the code of an installation that is ACTIVE has still to hear of a switch; null where it knows. What may not run any more for
 * another reason, revoked or without a licence, is not asked.
 */
export async function hookDue(db: Tx, id: string, now: Date): Promise<'onActivate' | 'onDeactivate' | null> {
  const row = await readRow(db, id)
  if (row.status !== 'ACTIVE' || !mayHear(row, now)) return null
  const runs = disabledReasons(row, now).length === 0
  if (runs === row.toldActive) return null
  return runs ? 'onActivate' : 'onDeactivate'
}

/** Whether its `onDeactivate` is to be called when an ACTIVE installation stops: its code was told that it runs, and may be asked. */
export async function hearsItsEnd(db: Tx, id: string, now: Date): Promise<boolean> {
  const row = await readRow(db, id)
  return row.toldActive && mayHear(row, now)
}

async function readRow(db: Tx, id: string) {
  const select = { ...ENABLEMENT, toldActive: true } as const
  return await db.installation.findUniqueOrThrow({ where: { id }, select })
}

/** No other reason than the switches keeps it from running. */
function mayHear(row: Enablement, now: Date): boolean {
  const plugin = { ...row.plugin, enabled: true }
  return disabledReasons({ ...row, plugin, organizationEnabled: true }, now).length === 0
}
