import type { Answer, AnswerHeaders } from './answer.ts'
import { Client } from 'undici'
import { KiB } from '../../lib/units.ts'
import type { pinnedConnector } from './connector.ts'
import { EgressRefused } from './egress-refused.ts'
import { drainBody } from './drain-body.ts'
import { readBody, type ReadingBody } from './read-body.ts'
import type { OutgoingRequest } from './request-parts.ts'
import type { Target } from './target.ts'

/** The bounds of one exchange. */
export interface ExchangeOptions {
  connector: ReturnType<typeof pinnedConnector>
  /** Of the body, as it comes and decoded. */
  maxBytes: number
  /** Whatever the answer is, its body is read a little and thrown away. */
  discardsBody: boolean
  /** Whether an answer's body is of no interest. */
  skipsBody: (status: number, headers: AnswerHeaders) => boolean
  onHeld: ReadingBody['onHeld']
  signal: AbortSignal
}

/**
 * One request and its answer over a connection of its own, which ends with it: what one organization's server sends too
 * much can never become another's answer, and a change of the DNS or of what is allowed holds from the next request on.
 */
export async function exchange(
  { url }: Target,
  request: OutgoingRequest,
  { connector, maxBytes, discardsBody, skipsBody, onHeld, signal }: ExchangeOptions,
): Promise<Answer> {
  const client = new Client(url.origin, {
    connect: connector,
    maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
    // The caller's signal is the clock, over connection, headers and body together.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const patience = new AbortController()
  let hints = 0
  try {
    const answer = await client.request({
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: request.headers,
      body: request.body,
      signal: AbortSignal.any([signal, patience.signal]),
      reset: true,
      onInfo: () => {
        if (++hints > MAX_INTERIM_ANSWERS) patience.abort(tooManyHints())
      },
    })
    // Destroyed unread it emits an error, of which nobody wants to know.
    answer.body.on('error', () => undefined)
    const headers = cleanHeaders(answer.headers)
    const status = answer.statusCode
    if (discardsBody) await drainBody(answer.body, maxBytes)
    if (discardsBody || skipsBody(status, headers)) return { status, headers, body: new Uint8Array() }
    const reading = { maxBytes, method: request.method, onHeld, signal }
    return { status, ...(await readBody(answer.body, headers, reading)) }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw error instanceof EgressRefused ? error : whyNoAnswer(error)
  } finally {
    await client.destroy()
  }
}

/** Early hints come once or twice; without end they keep a processor busy. */
const MAX_INTERIM_ANSWERS = 20

function tooManyHints(): EgressRefused {
  return new EgressRefused('ANSWER', 'The server sends interim answers without end.')
}

/** Of names and values, as Node's own servers and clients have it. */
const MAX_ANSWER_HEADER_BYTES = 16 * KiB

function cleanHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): AnswerHeaders {
  const clean: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) clean[name] = value
  return clean
}

function whyNoAnswer(error: unknown): EgressRefused {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    const message = `The headers of the answer are larger than ${MAX_ANSWER_HEADER_BYTES / KiB} KiB.`
    return new EgressRefused('HEADERS', message, { cause: error })
  }
  return new EgressRefused('ANSWER', 'The server ended without a complete HTTP answer.', { cause: error })
}
