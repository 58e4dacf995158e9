import type { PackageReport } from '../../archive/check-package.ts'
import type { CheckResult, Finding } from '../../archive/finding.ts'
import { UserError, type UserErrorCode } from '../../lib/errors.ts'

/** A report with more checks than those of the archive itself. */
export function withChecks(
  report: PackageReport,
  more: { checks: readonly CheckResult[]; findings: readonly Finding[] },
): PackageReport {
  return {
    ...report,
    valid: report.valid && more.findings.every((finding) => finding.severity !== 'ERROR'),
    checks: [...report.checks, ...more.checks],
    findings: [...report.findings, ...more.findings],
  }
}

/** The report of bytes that were not even looked into. */
export function reportOf(finding: Finding): PackageReport {
  const { check, category } = finding
  return {
    valid: false,
    riskLevel: 'HIGH',
    checks: [{ check, category, passed: false }],
    findings: [finding],
  }
}

/** What the submitter is told of a report with errors: the gravest kind, with its words where they are few. */
export function refusalOf(report: PackageReport): UserError {
  const errors = report.findings.filter((finding) => finding.severity === 'ERROR')
  const { code, what, of } = KINDS.find((kind) => errors.some((finding) => kind.of(finding)))!
  const told = errors.filter(of)
  const rest =
    errors.length === 1 ? told[0]!.message : `${errors.length} findings to mend, see validation.findings.`
  return new UserError(code, `${what}: ${rest}`, ['file'])
}

/** What no kind claims is the manifest's. */
const KINDS: { code: UserErrorCode; what: string; of: (finding: Finding) => boolean }[] = [
  { code: 'ARCHIVE_REJECTED', what: 'The archive is refused', of: ({ category }) => category === 'ARCHIVE' },
  {
    code: 'MANIFEST_INVALID',
    what: 'The manifest is refused',
    of: ({ category }) => !['ARCHIVE', 'SIGNATURE', 'SECURITY'].includes(category),
  },
  {
    code: 'SIGNATURE_INVALID',
    what: 'The signature is refused',
    of: ({ category }) => category === 'SIGNATURE',
  },
  { code: 'SECURITY_FINDINGS', what: 'The code is refused', of: ({ category }) => category === 'SECURITY' },
]
