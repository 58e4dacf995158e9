import { checkManifest, type ManifestOptions } from './check-manifest.ts'
import type { CheckResult, Finding } from './finding.ts'
import { type ArchiveLimits, defaultArchiveLimits } from './limits.ts'
import type { Manifest } from './manifest.ts'
import { packagedWebhooks, type PackagedWebhook } from './manifest-checks/webhook-files.ts'
import { packageRisk, type RiskLevel } from './permissions.ts'
import { type Archive, readArchive } from './read-archive.ts'

/** What the checks say about a package. */
export interface PackageReport {
  /** False where any finding is an ERROR: then the package is refused. */
  valid: boolean
  /** Of the permissions asked for; HIGH where they could not be read. */
  riskLevel: RiskLevel
  /** Every check that ran, passed or not. */
  checks: CheckResult[]
  findings: Finding[]
}

/** A package after all checks of its archive and manifest. */
export interface CheckedPackage {
  report: PackageReport
  /** Null where the archive was refused. */
  archive: Archive | null
  /** Null where the archive or the manifest was refused. */
  manifest: Manifest | null
  /** What it sends of itself; none where the manifest was refused. */
  webhooks: PackagedWebhook[]
  /** What the package says that it is, for the record, also where it is refused; null where it does not say so. */
  claims: { id: string | null; version: string | null }
}

/**
 * Reads and checks a package: the archive, and if it is sound, its manifest. Never throws for what the bytes are.
 * `limits` in bytes and counts, see `ArchiveLimits`; what a host has
 * declared comes in `options`.
 */
export async function checkPackage(
  bytes: Uint8Array,
  limits: ArchiveLimits = defaultArchiveLimits,
  options: ManifestOptions = { host: null },
): Promise<CheckedPackage> {
  const { archive, findings, checks } = await readArchive(bytes, limits)
  if (archive === null) {
    const report = { valid: false, riskLevel: 'HIGH' as const, checks, findings }
    return { report, archive, manifest: null, webhooks: [], claims: { id: null, version: null } }
  }
  const { manifest, draft, ...manifestReport } = checkManifest(archive, options)
  const { permissions, network } = draft
  const report: PackageReport = {
    valid: manifest !== null,
    riskLevel: permissions && network ? packageRisk({ permissions, network }) : 'HIGH',
    checks: [...checks, ...manifestReport.checks],
    findings: [...findings, ...manifestReport.findings],
  }
  const webhooks = manifest === null ? [] : packagedWebhooks(manifest.webhooks, archive.entries)
  const claims = { id: draft.id ?? null, version: draft.version ?? null }
  return { report, archive, manifest, webhooks, claims }
}
