import { KiB } from '../../lib/units.ts'
import { EgressRefused } from './egress-refused.ts'

/** What is sent, wherever it goes. */
export interface OutgoingRequest {
  readonly method: Method
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
}

/** What a caller may ask to be sent. */
export interface RequestParts {
  method?: string | undefined
  headers?: Readonly<Record<string, string>> | undefined
  body?: Uint8Array | string | undefined
}

/** Checks what is to be sent and fills in what every request has. Throws EgressRefused. */
export function outgoingRequest({ method = 'GET', headers = {}, body }: RequestParts): OutgoingRequest {
  const name = METHODS.find((known) => known === method.toUpperCase())
  if (name === undefined)
    throw new EgressRefused('REQUEST', `The method must be one of ${METHODS.join(', ')}.`)
  const given = Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value] as const)
  checkHeaders(given)
  return {
    method: name,
    headers: { ...DEFAULT_HEADERS, ...Object.fromEntries(given) },
    body: typeof body === 'string' ? Buffer.from(body) : (body ?? null),
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
type Method = (typeof METHODS)[number]

const DEFAULT_HEADERS = { accept: '*/*', 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'Patchbay' }
/** Servers refuse more: nginx takes 32 KiB, Apache 100 fields. */
const MAX_HEADERS = 100
const MAX_HEADER_BYTES = 16 * KiB
/** A token of RFC 9110, 5.6.2. */
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
/** Visible characters of Latin-1, spaces and tabs: what HTTP/1.1 can carry, and no line break. */
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/
/** They say how the connection is used and to whom it goes, which is for us to say. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function checkHeaders(headers: readonly (readonly [name: string, value: string])[]): void {
  let bytes = 0
  for (const [name, value] of headers) {
    if (!HEADER_NAME.test(name))
      throw new EgressRefused('REQUEST', 'The name of a header is not allowed in HTTP.')
    if (OWN_HEADERS.has(name)) throw new EgressRefused('REQUEST', `The header "${name}" cannot be given.`)
    if (!HEADER_VALUE.test(value)) {
      const message = `The value of the header "${name}" has characters that HTTP does not allow.`
      throw new EgressRefused('REQUEST', message)
    }
    bytes += name.length + value.length
  }
  if (headers.length > MAX_HEADERS || bytes > MAX_HEADER_BYTES) {
    const message = `A request has at most ${MAX_HEADERS} headers and ${MAX_HEADER_BYTES / KiB} KiB of them.`
    throw new EgressRefused('REQUEST', message)
  }
}
