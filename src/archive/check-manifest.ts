import { KiB } from '../lib/units.ts'
import type { JsonObject } from '../lib/json.ts'
import { CheckLog } from './check-log.ts'
import type { CheckResult, Finding, FindingCategory } from './finding.ts'
import { JSON_CHECKS, readJson } from './json/read-json.ts'
import { jsonPointer } from './json/scan-json.ts'
import { type Manifest, type ManifestKey, manifestKeys, manifestSchema, requiredKeys } from './manifest.ts'
import { manifestChecks } from './manifest-checks/all.ts'
import type {
  HostKnowledge,
  ManifestCheck,
  ManifestContext,
  Problem,
} from './manifest-checks/manifest-check.ts'
import { quote } from './quote.ts'
import type { Archive } from './read-archive.ts'
import { shapeMessage } from './shape-message.ts'

const MANIFEST_PATH = 'manifest.json'
/** Manifests of real plugins stay under 40 KiB; more is an attack. */
const MAX_MANIFEST_BYTES = 256 * KiB
/** Settings schemas reach 12; parsers further down recurse. */
const MAX_MANIFEST_DEPTH = 32
/** Manifests of real plugins hold 500; defaults of 100,000 items belong into a file. */
const MAX_MANIFEST_VALUES = 20_000

/** What one check may say: the report shows fewer, and 20,000 mistyped keys would take seconds to guess at. */
const MAX_PROBLEMS = 100

/** What a manifest is held against beside the format itself. */
export interface ManifestOptions {
  /** What the host application has declared; null: not known, as where a publisher checks offline. */
  host: HostKnowledge | null
}

/** What was found in a manifest. */
export interface ManifestReport {
  /** Null where any finding is an ERROR. */
  manifest: Manifest | null
  /** The values that have the right shape each, whatever is wrong with others: for telling what was submitted. */
  draft: Partial<Manifest>
  findings: Finding[]
  checks: CheckResult[]
}

/**
 * Checks `manifest.json` of an archive: as JSON, key by key against the schema, and by every check of
 * `manifest-checks/`. All findings are told, not the first one; a check that fails to run is an ERROR of its own.
 */
export function checkManifest(
  archive: Pick<Archive, 'entries'>,
  { host }: ManifestOptions = { host: null },
): ManifestReport {
  const log = new CheckLog()
  const draft = checkInto(log, archive.entries, host)
  return {
    manifest: log.hasErrors() ? null : (draft as Manifest),
    draft,
    findings: log.findings(),
    checks: log.results(),
  }
}

function checkInto(
  log: CheckLog,
  entries: Archive['entries'],
  host: HostKnowledge | null,
): Partial<Manifest> {
  const bytes = entries.get(MANIFEST_PATH)
  log.ran('manifest.present', 'MANIFEST')
  if (bytes === undefined) {
    const message = 'There is no manifest.json at the root of the archive, or of its single folder. Add it.'
    log.add({ severity: 'ERROR', category: 'MANIFEST', check: 'manifest.present', message })
    return {}
  }
  const { value, lines, problems } = readJson(bytes, {
    maxBytes: MAX_MANIFEST_BYTES,
    maxDepth: MAX_MANIFEST_DEPTH,
    maxValues: MAX_MANIFEST_VALUES,
  })
  const tell = teller(log, lines)
  for (const { check, message, line } of problems) {
    const place = { path: MANIFEST_PATH, ...(line === undefined ? {} : { line }) }
    log.add({ severity: 'ERROR', category: 'MANIFEST', check: `manifest.${check}`, message, ...place })
  }
  if (value === null) return {}
  for (const check of JSON_CHECKS) log.ran(`manifest.${check}`, 'MANIFEST')
  const written =
    Object.hasOwn(value, 'slug') && !Object.hasOwn(value, 'id')
      ? { ...value, id: value['slug'] ?? null }
      : value
  const draft = checkShapes(log, written, tell)
  for (const check of manifestChecks) runCheck(log, check, draft, { raw: value, entries, host }, tell)
  return draft
}

type Tell = (check: string, category: FindingCategory, problem: Problem) => void

/** Adds problems with the line of what they are about, or of the closest thing around it that has one. */
function teller(log: CheckLog, lines: ReadonlyMap<string, number>): Tell {
  return (check, category, { message, severity = 'ERROR', at, file, line: known }) => {
    const line = known ?? (file === undefined && at !== undefined ? lineOf(at, lines) : undefined)
    const place = { path: file ?? MANIFEST_PATH, ...(line === undefined ? {} : { line }) }
    log.add({ severity, category, check, message, ...place })
  }
}

function lineOf(at: readonly PropertyKey[], lines: ReadonlyMap<string, number>): number | undefined {
  const places = at.map((_, index) => lines.get(jsonPointer(at.slice(0, at.length - index))))
  return places.find((line) => line !== undefined) ?? lines.get('')
}

/** Each key by itself, because Zod stops at the first stage of an object that fails, and all is to be told. */
function checkShapes(log: CheckLog, written: JsonObject, tell: Tell): Partial<Manifest> {
  const draft: Record<string, unknown> = {}
  log.ran('manifest.required', 'MANIFEST')
  for (const key of manifestKeys) {
    const isMissing = !Object.hasOwn(written, key)
    if (isMissing && requiredKeys.some((required) => required === key)) {
      tell('manifest.required', 'MANIFEST', {
        message: `The key "${key}" is missing. Add it to manifest.json.`,
      })
      continue
    }
    log.ran(`manifest.${key}`, 'MANIFEST')
    const parsed = manifestSchema.shape[key].safeParse(isMissing ? undefined : written[key], {
      error: shapeMessage,
    })
    if (parsed.success) draft[key] = parsed.data
    else {
      for (const issue of parsed.error.issues) {
        const at = [key, ...issue.path]
        tell(`manifest.${key}`, 'MANIFEST', {
          message: `${quote(spell(at))} is wrong: ${issue.message}.`,
          at,
        })
      }
    }
  }
  return draft
}

/** `routes[0].path` */
function spell(at: readonly PropertyKey[]): string {
  return at
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? String(part) : `.${String(part)}`,
    )
    .join('')
}

function runCheck(
  log: CheckLog,
  check: ManifestCheck,
  draft: Partial<Manifest>,
  context: ManifestContext,
  tell: Tell,
): void {
  if (check.needsHost === true && context.host === null) return
  if (!check.needs.every((key: ManifestKey) => draft[key] !== undefined)) return
  log.ran(check.name, check.category)
  try {
    // What the check needs is there, and by its type it sees nothing else.
    for (const problem of check.run(draft as Manifest, context).take(MAX_PROBLEMS)) {
      tell(check.name, check.category, problem)
    }
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    tell(check.name, check.category, { message: `This check could not be run (${name}). Report this.` })
  }
}
