import type { FindingCategory } from './finding.ts'
import { JSON_CHECKS } from './json/read-json.ts'
import { manifestKeys } from './manifest.ts'
import { manifestChecks } from './manifest-checks/all.ts'

/** Every check of a manifest by its stable name, in the order of the report. */
export const checkCatalogue: Readonly<Record<string, FindingCategory>> = Object.fromEntries<FindingCategory>([
  ['manifest.present', 'MANIFEST'],
  ...JSON_CHECKS.map((check) => [`manifest.${check}`, 'MANIFEST'] as const),
  ['manifest.required', 'MANIFEST'],
  ...manifestKeys.map((key) => [`manifest.${key}`, 'MANIFEST'] as const),
  ...manifestChecks.map(({ name, category }) => [name, category] as const),
])
