import type { PackageReport } from '../../archive/check-package.ts'
import type { CheckResult, Finding } from '../../archive/finding.ts'
import { builder } from '../../graphql/builder.ts'
import { RiskLevelEnum } from './enums.ts'

const FindingSeverity = builder.enumType('FindingSeverity', { values: ['ERROR', 'WARNING', 'INFO'] as const })

const FindingCategory = builder.enumType('FindingCategory', {
  values: [
    'ARCHIVE',
    'MANIFEST',
    'INTEGRITY',
    'SIGNATURE',
    'PERMISSIONS',
    'COMPATIBILITY',
    'DEPENDENCIES',
    'SECURITY',
  ] as const,
})

const FindingType = builder.objectRef<Finding>('Finding').implement({
  fields: (t) => ({
    severity: t.field({ type: FindingSeverity, resolve: (finding) => finding.severity }),
    category: t.field({ type: FindingCategory, resolve: (finding) => finding.category }),
    check: t.exposeString('check', { description: 'Stable name of the check, e.g. manifest.version.semver' }),
    message: t.exposeString('message'),
    path: t.string({ nullable: true, resolve: (finding) => finding.path ?? null }),
    line: t.int({ nullable: true, resolve: (finding) => finding.line ?? null }),
  }),
})

const CheckType = builder.objectRef<CheckResult>('ValidationCheck').implement({
  fields: (t) => ({
    check: t.exposeString('check'),
    category: t.field({ type: FindingCategory, resolve: (check) => check.category }),
    passed: t.exposeBoolean('passed'),
  }),
})

/** Places of severities in a list. */
const GRAVITY = { ERROR: 0, WARNING: 1, INFO: 2 } as const

export const ValidationReport = builder.objectRef<PackageReport>('ValidationReport').implement({
  fields: (t) => ({
    valid: t.exposeBoolean('valid', {
      description:
        'False when any finding is an ERROR; such a submission is refused and nothing of it is kept.',
    }),
    riskLevel: t.field({ type: RiskLevelEnum, resolve: (report) => report.riskLevel }),
    checks: t.field({
      type: [CheckType],
      description: 'Every check that ran, passed or not.',
      resolve: (report) => report.checks,
    }),
    findings: t.field({
      type: [FindingType],
      description: 'Errors first, then warnings, then what only tells.',
      resolve: (report) => report.findings.toSorted((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity]),
    }),
  }),
})
