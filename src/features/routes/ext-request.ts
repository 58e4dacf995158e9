import type { Actor } from '../../auth/actor.ts'
import { reachOf } from '../../auth/authorize.ts'
import { RequestError } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { MatchedRoute } from './match-route.ts'

/** A request below `/ext/<plugin>/`, free of any server's own types. */
export interface ExtRequest {
  method: string
  plugin: string
  /** Begins with a slash, without `/ext/<plugin>`. */
  path: string
  /** With its question mark; '' where there is none. */
  search: string
  headers: Record<string, string>
  body: Uint8Array
  authorization: string | null
  /** Of `X-Patchbay-Site` or `?site=`: a global id, or `organization-slug/site-slug`. */
  siteHint: string | null
}

/** Headers that a plugin gets to see: none that carries a credential. The last three are those of signed webhooks. */
const SEEN_HEADERS = [
  'accept',
  'accept-language',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'user-agent',
  'x-request-id',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
]

/**
 * What a route's handler gets. The guest makes `body` of it: the JSON value, the text, the bytes, or null.
 *
 * @param seen more headers that the operator lets plugins see
 * @throws {RequestError} BAD_USER_INPUT where the body says that it is JSON and is not
 */
export function toGuest(
  request: ExtRequest,
  route: MatchedRoute,
  actor: Actor,
  seen: readonly string[],
): JsonObject {
  const headers = [...SEEN_HEADERS, ...seen].flatMap((name) => {
    const value = request.headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const query = new URLSearchParams(request.search)
  query.delete('site')
  return {
    method: request.method,
    path: request.path,
    params: route.params,
    query: Object.fromEntries(query),
    search: query.size === 0 ? '' : `?${query.toString()}`,
    headers: Object.fromEntries(headers),
    principal:
      actor.principalId === null
        ? null
        : { id: actor.principalId, platform: reachOf(actor, 'plugins:run').everywhere },
    ...bodyOf(request),
  }
}

/** `rawBody` is the text, or the base64 of bytes that are none; `bodyKind` says what the guest makes of it. */
function bodyOf(request: ExtRequest): { rawBody: string; bodyKind: 'none' | 'json' | 'text' | 'bytes' } {
  if (request.body.byteLength === 0) return { rawBody: '', bodyKind: 'none' }
  const type = request.headers['content-type'] ?? 'text/plain'
  const isJson = /^application\/([a-z0-9.+-]+\+)?json\b/i.test(type)
  const text = isJson || isText(type) ? decode(request.body) : null
  if (isJson && (text === null || !parses(text))) {
    throw new RequestError('BAD_USER_INPUT', 'The body says that it is JSON, but it does not parse.')
  }
  if (text === null) return { rawBody: Buffer.from(request.body).toString('base64'), bodyKind: 'bytes' }
  return { rawBody: text, bodyKind: isJson ? 'json' : 'text' }
}

function isText(type: string): boolean {
  return /^(?:text\/|application\/(?:x-www-form-urlencoded|xml|[a-z0-9.+-]+\+xml|graphql|javascript)\b)/i.test(
    type,
  )
}

/** Null where it is no UTF-8. */
function decode(body: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return null
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
