import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { didYouMean } from '../closest.ts'
import { knownKeys, type KnownKeys } from '../known-keys.ts'
import { manifestSchema } from '../manifest.ts'
import { quote } from '../quote.ts'
import { manifestCheck } from './manifest-check.ts'

const known = knownKeys(manifestSchema)

/** What other formats call it. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  main: 'entry',
  module: 'entry',
  title: 'name',
  displayName: 'name',
  tags: 'keywords',
  config: 'settings',
  configuration: 'settings',
  webhook: 'webhooks',
  cron: 'schedule',
  verb: 'method',
  timeout: 'timeoutMs',
  timeoutSeconds: 'timeoutMs',
  memory: 'memoryMb',
}

const KNOWN_KEYS: KnownKeys = { ...known, '': [...(known[''] ?? []), 'slug', '$schema'] }

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

/** The keys of a value that nobody reads. */
export function* unknownKeys(
  value: JsonValue,
  knownAt: KnownKeys,
): Generator<{ message: string; at: string[] }> {
  for (const [pattern, keys] of Object.entries(knownAt)) {
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
  keys: readonly string[],
  at: string[],
): Generator<{ message: string; at: string[] }> {
  if (!isJsonObject(value)) return
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue
    const where = at.length === 0 ? '' : ` in ${quote(at.join('.'))}`
    const meant = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined
    const hint =
      meant !== undefined && keys.includes(meant) ? ` Did you mean "${meant}"?` : didYouMean(key, keys)
    const message = `Nothing reads the key ${quote(key)}${where}. Remove or correct it.${hint}`
    yield { message, at: [...at, key] }
  }
}
