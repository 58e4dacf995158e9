import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { didYouMean } from '../closest.ts'
import { manifestKeys } from '../manifest.ts'
import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'

/** `*` stands for any index or key of the author's own. What is not listed here is free. */
const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': [...manifestKeys, 'slug', '$schema'],
  author: ['name', 'email', 'url'],
  engines: ['host', 'api'],
  'permissions.*': ['permission', 'reason'],
  network: ['allow', 'reason'],
  'routes.*': ['method', 'path', 'permission', 'public'],
  'jobs.*': ['name', 'schedule', 'timeoutSeconds'],
  'secrets.*': ['key', 'required', 'hosts'],
  'collections.*': ['schema', 'indexes', 'unique'],
  'migrations.*': ['version', 'entry'],
  contributes: ['navigation', 'dashboardWidgets', 'views', 'modules', 'themes', 'permissions', 'hooks'],
  'contributes.navigation.*': ['label', 'url', 'icon', 'order'],
  'contributes.dashboardWidgets.*': ['title', 'source', 'order'],
  'contributes.views.*': ['path', 'title', 'source'],
  'contributes.modules.*': ['key', 'title', 'extends'],
  'contributes.themes.*': ['key', 'title', 'tokens'],
  limits: ['memoryMb', 'timeoutMs'],
}

/** Keys that nobody reads are mostly mistyped ones. */
export const unknownKeyChecks = [
  manifestCheck({
    name: 'manifest.unknown-keys',
    category: 'MANIFEST',
    needs: [],
    *run(_, { raw }) {
      for (const { message, at } of unknownKeys(raw, KNOWN_KEYS)) yield { severity: 'WARNING', message, at }
    },
  }),
]

/** The keys that stand in no list of `known`, whose keys are the places: `routes.*` is each of the routes. */
export function* unknownKeys(
  value: JsonValue,
  known: Readonly<Record<string, readonly string[]>>,
): Generator<{ message: string; at: string[] }> {
  for (const [pattern, keys] of Object.entries(known)) {
    const steps = pattern === '' ? [] : pattern.split('.')
    for (const part of matching(value, steps, [])) yield* unknownIn(part.value, keys, part.at)
  }
}

function* matching(
  value: JsonValue,
  steps: string[],
  at: string[],
): Iterable<{ value: JsonValue; at: string[] }> {
  const [step, ...rest] = steps
  if (step === undefined) {
    yield { value, at }
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    if (step === '*' || step === key) yield* matching(child, rest, [...at, key])
  }
}

function* unknownIn(
  value: JsonValue,
  known: readonly string[],
  at: string[],
): Generator<{ message: string; at: string[] }> {
  if (!isJsonObject(value)) return
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const where = at.length === 0 ? '' : ` in ${quote(at.join('.'))}`
    const message = `Nothing reads the key ${quote(key)}${where}. Remove or correct it.${didYouMean(key, known)}`
    yield { message, at: [...at, key] }
  }
}
