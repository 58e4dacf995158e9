import type { PackageReport } from '../../archive/check-package.ts'
import type { Finding } from '../../archive/finding.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { messageOf } from '../../lib/errors.ts'
import { applySchema } from './json-schema.ts'

const CHECK = 'manifest.settings.schema'

/** The report with one more check: the settings are a JSON Schema 2020-12 whose defaults satisfy it. */
export function withSettingsCheck(report: PackageReport, manifest: Manifest): PackageReport {
  const finding = manifest.settings === null ? null : findMistake(manifest.settings)
  return {
    ...report,
    valid: report.valid && finding === null,
    checks: [...report.checks, { check: CHECK, category: 'MANIFEST', passed: finding === null }],
    findings: finding === null ? report.findings : [...report.findings, finding],
  }
}

function findMistake(schema: NonNullable<Manifest['settings']>): Finding | null {
  try {
    const { mistakes } = applySchema({ ...schema, required: [] }, {})
    if (mistakes.length === 0) return null
    const first = mistakes[0]!
    return finding(
      `The default of settings.${first.path.join('.')} breaks the schema itself: it ${first.message}.`,
    )
  } catch (error) {
    return finding(`settings is no JSON Schema 2020-12: ${messageOf(error)}.`)
  }
}

function finding(message: string): Finding {
  return { severity: 'ERROR', category: 'MANIFEST', check: CHECK, message, path: 'manifest.json' }
}
