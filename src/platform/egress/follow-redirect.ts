import { EgressRefused } from './egress-refused.ts'
import type { AnswerHeaders } from './answer.ts'
import type { OutgoingRequest } from './request-parts.ts'
import { parseTarget, type Target } from './target.ts'

/** Where an answer sends the request on to; null where it does not. Throws EgressRefused where it says two places. */
export function locationOf(status: number, headers: AnswerHeaders): string | null {
  if (!REDIRECTS.has(status)) return null
  const location = headers['location']
  if (Array.isArray(location))
    throw new EgressRefused('REDIRECTS', 'The answer redirects to several addresses at once.')
  return location ?? null
}

/**
 * The request as it is sent on (Fetch Standard, HTTP-redirect fetch), but stricter where the origin changes: all
 * headers stay behind that could hold a credential, whatever their names, and so does the body.
 */
export function followRedirect(
  from: Target,
  request: OutgoingRequest,
  { status, location }: { status: number; location: string },
): { target: Target; request: OutgoingRequest } {
  const target = parseRedirect(location, from)
  if (from.url.protocol === 'https:' && target.url.protocol === 'http:')
    throw new EgressRefused('REDIRECTS', 'The answer redirects from https to http, which is not followed.')
  const next = becomesGet(status, request.method) ? asGet(request) : request
  if (from.url.origin === target.url.origin) return { target, request: next }
  if (next.body !== null) {
    const message = 'The answer redirects what was sent to another origin, which is not followed.'
    throw new EgressRefused('REDIRECTS', message)
  }
  return { target, request: { ...next, headers: only(next.headers, HARMLESS) } }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Headers that tell nothing of who asks. */
const HARMLESS: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'accept-language', 'user-agent'])

function parseRedirect(location: string, from: Target): Target {
  try {
    return parseTarget(location, from.url)
  } catch (error) {
    if (!(error instanceof EgressRefused)) throw error
    throw new EgressRefused(error.code, `It redirects to a URL that is refused. ${error.message}`)
  }
}

function becomesGet(status: number, method: OutgoingRequest['method']): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}

function asGet({ headers }: OutgoingRequest): OutgoingRequest {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith('content-'))
  return { method: 'GET', headers: Object.fromEntries(kept), body: null }
}

function only(headers: OutgoingRequest['headers'], names: ReadonlySet<string>): OutgoingRequest['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.has(name)))
}
