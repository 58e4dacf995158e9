import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'

/** An answer, free of any server's own types. */
export interface ExtResponse {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

/** Headers that a plugin may set: none that speaks for our origin, such as Set-Cookie or CSP. */
const SET_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-language',
  'content-type',
  'etag',
  'last-modified',
  'link',
  'location',
  'retry-after',
  'vary',
]

/** Statuses whose answers have no body (RFC 9110, 15.3.5, 15.3.6 and 15.4.5). */
const BODILESS = [204, 205, 304]

const FAILURES: Partial<Record<PluginResult['outcome'], [number, string]>> = {
  TIMEOUT: [504, 'The plugin took too long.'],
  OUT_OF_MEMORY: [502, 'The plugin needed too much memory.'],
  DENIED: [502, 'The plugin used something that it has no permission for.'],
  CRASHED: [502, 'The plugin ended without an answer.'],
  ERROR: [502, 'The plugin failed.'],
  ABORTED: [502, 'The plugin failed.'],
}

/** What an answer is made of; `bodyEncoding` is the guest's own word for bytes. */
const PARTS = ['status', 'headers', 'body', 'bodyEncoding']

/** The answer that a handler's result stands for; null where the code has no such handler. */
export function answerOf(result: PluginResult): ExtResponse | null {
  const failure = FAILURES[result.outcome]
  if (failure !== undefined)
    return jsonAnswer(failure[0], { error: { code: `PLUGIN_${result.outcome}`, message: failure[1] } })
  if (!result.handled) return null
  const { value } = result
  if (!isAnswer(value)) return jsonAnswer(200, value ?? null)
  const { status = 200 } = value
  if (isStatus(status)) return bodied(status, headersOf(value), value)
  const message = 'The plugin answered with a status that is none from 200 to 599.'
  return jsonAnswer(502, { error: { code: 'PLUGIN_ERROR', message } })
}

/** Headers that are named to whoever wrote them, and letters of a name: more are somebody's data. */
const TOLD = { headers: 10, letters: 40 }

/** What its author is to know of a result: which headers of the answer are left out, and why. Null where all is as he wrote it. */
export function remarkOn({ outcome, value }: PluginResult): string | null {
  if (outcome !== 'OK' || !isAnswer(value)) return null
  const leftOut = givenHeaders(value).flatMap(([name, text]) => {
    const why = whyLeftOut(name, text)
    return why === null ? [] : [`${name.slice(0, TOLD.letters)} ${why}`]
  })
  if (leftOut.length === 0) return null
  const more = leftOut.length > TOLD.headers ? `; and ${leftOut.length - TOLD.headers} more` : ''
  const told = leftOut.slice(0, TOLD.headers).join('; ')
  return `Headers were left out of the answer: ${told}${more}. A route may set ${SET_HEADERS.join(', ')}.`
}

/**
 * Whether it is an answer by its parts, and not JSON that happens to have one of their names, as an order with the status
 * "open" has: it has nothing else, or its status is one of HTTP.
 */
function isAnswer(value: JsonValue | undefined): value is JsonObject {
  if (!isJsonObject(value)) return false
  const names = Object.keys(value)
  return isStatus(value['status']) || (names.length > 0 && names.every((name) => PARTS.includes(name)))
}

function isStatus(status: JsonValue | undefined): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
}

function bodied(status: number, headers: Record<string, string>, value: JsonObject): ExtResponse {
  const body = value['body'] ?? null
  if (BODILESS.includes(status)) return { status, headers, body: '' }
  if (typeof body !== 'string') {
    const answer = jsonAnswer(status, body)
    return { ...answer, headers: { ...answer.headers, ...headers } }
  }
  if (value['bodyEncoding'] === 'base64') {
    const bytes = Buffer.from(body, 'base64')
    return { status, headers: { 'content-type': 'application/octet-stream', ...headers }, body: bytes }
  }
  const type = withCharset(headers['content-type'] ?? 'text/plain')
  return { status, headers: { ...headers, 'content-type': type }, body }
}

/** Texts leave as UTF-8; a browser that is not told takes them for something else. */
function withCharset(type: string): string {
  return /^text\/[^;]+$/.test(type) ? `${type}; charset=utf-8` : type
}

function headersOf(value: JsonObject): Record<string, string> {
  return Object.fromEntries(
    givenHeaders(value).flatMap(([name, text]) =>
      typeof text === 'string' && whyLeftOut(name, text) === null
        ? [[name.toLowerCase(), text] as const]
        : [],
    ),
  )
}

function givenHeaders({ headers }: JsonObject): [name: string, text: JsonValue][] {
  return isJsonObject(headers) ? Object.entries(headers) : []
}

/** Null: it is set. */
function whyLeftOut(name: string, text: JsonValue): string | null {
  const lower = name.toLowerCase()
  if (!SET_HEADERS.includes(lower)) return 'may not be set'
  if (typeof text !== 'string' || !/^[\t\x20-\x7e]*$/.test(text)) return 'is no text of visible ASCII letters'
  if (lower === 'location' && !isPlace(text)) return 'is neither a path from / on nor an http(s) address'
  return null
}

/** A path of this server, or an address of the web; nothing that a browser would run. */
function isPlace(location: string): boolean {
  return /^(?:\/(?![/\\])|https?:\/\/)/.test(location)
}

/** An answer in JSON. */
export function jsonAnswer(status: number, body: JsonValue): ExtResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  }
}
