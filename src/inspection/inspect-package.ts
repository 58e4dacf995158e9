import { createHash } from 'node:crypto'
import { type CheckedPackage, checkPackage, type PackageReport } from '../archive/check-package.ts'
import type { Finding } from '../archive/finding.ts'
import type { ArchiveLimits } from '../archive/limits.ts'
import type { HostKnowledge } from '../archive/manifest-checks/manifest-check.ts'
import type { Archive } from '../archive/read-archive.ts'
import { scanPackage } from './scan/scan-package.ts'

/** How packages are inspected. */
export interface InspectionOptions {
  limits: ArchiveLimits
  /** Null: offline, nothing is known of a host, and checks that need to know do not run. */
  host: HostKnowledge | null
  /** Names of checks, or all below one as `scan.*`: their ERRORs only warn. */
  advisory: readonly string[]
}

/** All that its bytes tell of a package. */
export interface Inspection extends CheckedPackage {
  /** SHA-256 of the bytes, hex. */
  digest: string
  /** Bytes. */
  size: number
}

/** An inspection without the files themselves, as it comes back from a thread. */
export type InspectionSummary = Omit<Inspection, 'archive'> & { format: Archive['format'] | null }

/**
 * Everything that can be said about a package by its bytes alone: archive, manifest, and the scan of its files. The
 * server and the command line run this very function. Never throws for what the bytes are.
 */
export async function inspectPackage(bytes: Uint8Array, options: InspectionOptions): Promise<Inspection> {
  const digest = createHash('sha256').update(bytes).digest('hex')
  const checked = await checkPackage(bytes, options.limits, { host: options.host })
  const { archive, manifest } = checked
  const scan = archive === null ? { checks: [], findings: [] } : scanPackage({ archive, manifest })
  const report = withAdvisory(
    {
      ...checked.report,
      checks: [...checked.report.checks, ...scan.checks],
      findings: [...checked.report.findings, ...scan.findings],
    },
    options.advisory,
  )
  return {
    ...checked,
    report: { ...report, valid: report.valid && manifest !== null },
    digest,
    size: bytes.length,
  }
}

/** The report after configuration: what is advisory has no ERROR, and `valid` follows what is left. */
function withAdvisory(report: PackageReport, advisory: readonly string[]): PackageReport {
  const isAdvisory = ({ check }: { check: string }): boolean =>
    advisory.some(
      (entry) => entry === check || (entry.endsWith('.*') && check.startsWith(entry.slice(0, -1))),
    )
  const findings = report.findings.map((finding) =>
    finding.severity === 'ERROR' && isAdvisory(finding) ? asAdvice(finding) : finding,
  )
  const checks = report.checks.map((check) => (isAdvisory(check) ? { ...check, passed: true } : check))
  return { ...report, checks, findings, valid: findings.every(({ severity }) => severity !== 'ERROR') }
}

function asAdvice(finding: Finding): Finding {
  const message = `${finding.message} (Advisory here: it does not refuse the package.)`
  return { ...finding, severity: 'WARNING', message }
}
