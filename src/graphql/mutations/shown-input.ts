import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { isFile } from '../scalars.ts'

/** Characters of a text that the audit log keeps: enough for a name, a reason's first lines or an address. */
const MAX_TEXT = 200
/** Characters of all texts of one input together: entries are kept for ever. */
const MAX_TEXTS = 4_000
/** Entries of a list or object that are kept of it. */
const MAX_ENTRIES = 30
/** Levels below the input itself. */
const MAX_DEPTH = 4

/** Fields whose content is nobody's business later: secrets, keys, and what the host's own users say. */
const HIDDEN =
  /^(value|payload)$|passw|secret|token|credential|authorization|license_?key|private_?key|api_?key$/i

/** An input as the audit log keeps it: without secrets and files, and never long. */
export function shownInput(input: object): JsonObject {
  const budget = { characters: MAX_TEXTS }
  return shownObject(input, budget, 0)
}

/** Text as the audit log keeps it: cut, and without what PostgreSQL cannot store. */
export function shownText(text: string, most = MAX_TEXT): string {
  const storable = text
    .slice(0, most + 1)
    .toWellFormed()
    .replaceAll('\0', '\uFFFD')
  return storable.length > most ? `${storable.slice(0, most)}… (${text.length} characters)` : storable
}

interface Budget {
  characters: number
}

function shown(value: unknown, budget: Budget, depth: number): JsonValue {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string') return spend(budget, shownText(withoutQuery(value)))
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (isFile(value)) return { bytes: value.size }
  if (typeof value !== 'object') return null
  if (depth >= MAX_DEPTH) return '…'
  if (!Array.isArray(value)) return shownObject(value, budget, depth)
  const entries = value.slice(0, MAX_ENTRIES).map((entry) => shown(entry, budget, depth + 1))
  return value.length > MAX_ENTRIES ? [...entries, `… (${value.length} entries)`] : entries
}

function shownObject(value: object, budget: Budget, depth: number): JsonObject {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  const kept = entries.slice(0, MAX_ENTRIES).map(([key, entry]): [string, JsonValue] => {
    const name = spend(budget, shownText(key, 64))
    const hidden = HIDDEN.test(key) && entry !== null
    return [name, hidden ? '(not kept)' : shown(entry, budget, depth + 1)]
  })
  if (entries.length > MAX_ENTRIES) kept.push(['…', `${entries.length} entries`])
  return Object.fromEntries(kept)
}

/** Addresses often carry their credentials: before the host, or in what follows the path. */
function withoutQuery(text: string): string {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return text
  const url = new URL(text)
  return url.username === '' && url.password === '' && url.search === ''
    ? text
    : `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`
}

function spend(budget: Budget, text: string): string {
  if (text.length > budget.characters) return '…'
  budget.characters -= text.length
  return text
}
