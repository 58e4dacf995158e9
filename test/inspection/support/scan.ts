import type { Finding } from '../../../src/archive/finding.ts'
import { checkPackage } from '../../../src/archive/check-package.ts'
import type { ScanRule } from '../../../src/inspection/scan/rule.ts'
import { scanPackage } from '../../../src/inspection/scan/scan-package.ts'
import { goodManifest, pluginFiles, pluginZip } from '../../archive/support/plugin-files.ts'

/** The findings of a scan of these files beside a manifest with changes. */
export async function scanFiles(
  files: Record<string, string>,
  change: Record<string, unknown> = {},
  rules?: readonly ScanRule[],
): Promise<Finding[]> {
  const entries = pluginFiles({ ...goodManifest, ...change }, files)
  const { manifest, report } = await checkPackage(pluginZip({ ...goodManifest, ...change }))
  if (manifest === null) throw new Error(JSON.stringify(report.findings))
  return scanPackage({ archive: { entries }, manifest }, rules).findings
}

/** `main.js` as given: `ERROR scan.dynamic-code 1` and so on, in order. */
export async function scanMain(source: string, change: Record<string, unknown> = {}): Promise<string[]> {
  const findings = await scanFiles({ 'main.js': source }, change)
  return findings.map(({ severity, check, line }) => `${severity} ${check} ${line ?? '-'}`)
}

/** Only the names of the ERRORs, each once. */
export async function errorsOf(source: string, change: Record<string, unknown> = {}): Promise<string[]> {
  const told = await scanMain(source, change)
  return [...new Set(told.filter((line) => line.startsWith('ERROR')).map((line) => line.split(' ')[1]!))]
}
