import { TextDecoder, TextEncoder, bytesOf, fromBase64, toBase64 } from './encoding.mjs'

/**
 * `ctx.http` of one invocation.
 *
 * @param {(operation: string, input: unknown) => Promise<any>} ask
 */
export function httpFor(ask) {
  return freeze({
    fetch: async (url, options = {}) => {
      const { method, headers, timeoutMs } = options ?? {}
      const answer = await ask('http.fetch', {
        url: `${url}`,
        method: method === undefined ? undefined : `${method}`,
        headers: headersOf(headers),
        timeoutMs,
        ...bodyOf(options?.body),
      })
      const parts = [answer.body ?? '']
      // What crosses at once is bounded: a large body comes in pieces.
      for (let piece = answer; typeof piece.rest === 'number';) {
        piece = await ask('http.rest', { rest: piece.rest })
        parts.push(piece.body)
      }
      return response(answer, parts.join(''))
    },
  })
}

const freeze = Object.freeze
const fromEntries = Object.fromEntries
const isView = ArrayBuffer.isView

function headersOf(headers) {
  if (headers === undefined || headers === null) return {}
  const entries = typeof headers[Symbol.iterator] === 'function' ? [...headers] : Object.entries(headers)
  return fromEntries(entries.map(([name, value]) => [`${name}`, `${value}`]))
}

/** Text goes as UTF-8, bytes as they are. */
function bodyOf(body) {
  if (body === undefined || body === null) return {}
  if (body instanceof ArrayBuffer || isView(body))
    return { body: toBase64(bytesOf(body)), encoding: 'base64' }
  if (typeof body === 'object' && body.toString === Object.prototype.toString) {
    throw new TypeError('A body is text or bytes: make text of an object by JSON.stringify.')
  }
  return { body: `${body}` }
}

function response(answer, body) {
  const isText = answer.encoding !== 'base64'
  const bytes = () => (isText ? new TextEncoder().encode(body) : fromBase64(body))
  const text = () => (isText ? body : new TextDecoder().decode(bytes()))
  return freeze({
    status: answer.status,
    ok: answer.status >= 200 && answer.status < 300,
    url: answer.url,
    headers: freeze(answer.headers ?? {}),
    /** Text; where it is none, `bytes()` has what came. */
    get body() {
      return text()
    },
    text,
    json: () => JSON.parse(text()),
    bytes,
    arrayBuffer: () => bytes().buffer,
  })
}
