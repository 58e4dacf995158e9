import tls from 'node:tls'
import { matchesHost } from '../../lib/host-pattern.ts'
import { seconds } from '../../lib/units.ts'
import { checkAddresses } from './check-addresses.ts'
import { pinnedConnector } from './connector.ts'
import { EgressRefused } from './egress-refused.ts'
import type { Answer, AnswerHeaders } from './answer.ts'
import { exchange } from './exchange.ts'
import { followRedirect, locationOf } from './follow-redirect.ts'
import type { ReadingBody } from './read-body.ts'
import { outgoingRequest, type RequestParts } from './request-parts.ts'
import { dnsResolver, resolveBySystem, type ResolveName } from './resolve-name.ts'
import { parseTarget, type Target } from './target.ts'

/** One request to the outside, and its limits. */
export interface EgressRequest extends RequestParts {
  /** Entries of an allow-list (`api.example.com`, `*.example.org:8443`), for each hop; any host where left out. */
  hosts?: readonly string[] | undefined
  /** Most bytes of the body of the answer, as it comes and decoded. */
  maxBytes: number
  /** Nobody looks at the body of the answer: what comes of it within `maxBytes` and a second is read and thrown away. */
  discardsBody?: boolean
  /** For all of it: look-ups, connections, redirects, bodies. */
  timeoutMs: number
  /** How many are followed; 0 hands a redirect back as the answer that it is. */
  redirects: number
  signal?: AbortSignal | undefined
  /** Told of a body that is read: `ReadingBody`. */
  onHeld?: ReadingBody['onHeld']
  /** Told of each hop at its end, whatever came of it. */
  onHop?: ((hop: EgressHop) => void) | undefined
}

/** One of the requests that a fetch is made of: the first, and one for each redirect. */
export interface EgressHop {
  method: string
  /** With the port where it is not the scheme's own. */
  host: string
  /** Null: there was no answer. */
  status: number | null
  /** Of the answer's body, decoded. */
  bytes: number
  durationMs: number
  error: string | null
}

/** An answer, whatever its status. */
export interface EgressAnswer extends Answer {
  /** Of the last hop. */
  url: string
}

/** HTTP to addresses that strangers chose: never to private networks, and within limits. */
export interface Egress {
  /** Throws EgressRefused, or the reason of the given signal. */
  fetch(url: string, request: EgressRequest): Promise<EgressAnswer>
  /** Ends what is under way, as CLOSED. */
  close(): Promise<void>
}

export interface EgressOptions {
  /** Hosts that may be private: `host` (ports 80 and 443), `host:port`, `*.domain`. */
  allowHosts?: readonly string[]
  /** Of all names; where left out the DNS, and for allowed hosts the machine's resolver. */
  resolve?: ResolveName
  /** PEM; trusted besides those of Node. */
  caCertificates?: readonly string[]
  /** Milliseconds to look a name up, and again to connect. */
  connectTimeoutMs?: number
}

/** Servers that take longer to accept are not waited for. */
const CONNECT_TIMEOUT_MS = seconds(5)

/** The one way out. No proxy of the environment is used: it would connect to addresses that nobody has checked. */
export function createEgress(options: EgressOptions = {}): Egress {
  const { allowHosts = [], connectTimeoutMs = CONNECT_TIMEOUT_MS } = options
  const secureContext = options.caCertificates ? trusting(options.caCertificates) : null
  const resolveByDns = dnsResolver()
  const underWay = new Map<AbortController, Promise<unknown>>()
  let closed = false

  const hop = async (
    target: Target,
    request: ReturnType<typeof outgoingRequest>,
    { hosts, maxBytes, discardsBody = false, onHeld }: EgressRequest,
    skipsBody: (status: number, headers: AnswerHeaders) => boolean,
    signal: AbortSignal,
  ): Promise<Answer> => {
    const { host, port } = target
    if (hosts !== undefined && !hosts.some((pattern) => matchesHost(pattern, host, port)))
      throw new EgressRefused('HOST', `"${host}", port ${port}, is not among the hosts that are allowed.`)
    const allowed = allowHosts.some((pattern) => matchesHost(pattern, host, port))
    const resolve = options.resolve ?? (allowed ? resolveBySystem : resolveByDns)
    const addresses = await checkAddresses(target, { resolve, timeoutMs: connectTimeoutMs, allowed, signal })
    const connector = pinnedConnector(target, addresses, {
      timeoutMs: connectTimeoutMs,
      secureContext,
      signal,
    })
    return await exchange(target, request, { connector, maxBytes, discardsBody, skipsBody, onHeld, signal })
  }

  const follow = async (url: string, asked: EgressRequest, signal: AbortSignal): Promise<EgressAnswer> => {
    let target = parseTarget(url)
    let request = outgoingRequest(asked)
    const next = (status: number, headers: AnswerHeaders): string | null =>
      asked.redirects === 0 ? null : locationOf(status, headers)
    for (let followed = 0; ; followed++) {
      const making = hop(target, request, asked, (...head) => next(...head) !== null, signal)
      const answer = await observed(making, target, request.method, asked.onHop)
      const { status, headers } = answer
      const location = next(status, headers)
      if (location === null) return { ...answer, url: target.url.href }
      if (followed === asked.redirects)
        throw new EgressRefused('REDIRECTS', `More than ${asked.redirects} redirects are not followed.`)
      ;({ target, request } = followRedirect(target, request, { status, location }))
    }
  }

  return {
    async fetch(url, request) {
      if (closed) throw closing()
      const controller = new AbortController()
      const { signal, timeoutMs } = request
      const abort = (): void => controller.abort(signal?.reason)
      if (signal?.aborted) abort()
      signal?.addEventListener('abort', abort, { once: true })
      const timer = setTimeout(() => controller.abort(tooLate(timeoutMs)), timeoutMs)
      const work = follow(url, request, controller.signal)
      underWay.set(controller, work)
      try {
        return await work
      } finally {
        underWay.delete(controller)
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
    },
    async close() {
      closed = true
      const ends = [...underWay.values()]
      for (const controller of underWay.keys()) controller.abort(closing())
      await Promise.allSettled(ends)
    },
  }
}

async function observed(
  making: Promise<Answer>,
  { url }: Target,
  method: string,
  onHop: EgressRequest['onHop'],
): Promise<Answer> {
  const began = performance.now()
  const tell = (came: Pick<EgressHop, 'status' | 'bytes' | 'error'>): void =>
    onHop?.({ method, host: url.host, durationMs: performance.now() - began, ...came })
  try {
    const answer = await making
    tell({ status: answer.status, bytes: answer.body.byteLength, error: null })
    return answer
  } catch (error) {
    tell({
      status: null,
      bytes: 0,
      error: error instanceof EgressRefused ? error.message : 'It was given up.',
    })
    throw error
  }
}

function trusting(certificates: readonly string[]): tls.SecureContext {
  return tls.createSecureContext({ ca: [...tls.getCACertificates('default'), ...certificates] })
}

function closing(): EgressRefused {
  return new EgressRefused('CLOSED', 'The service is stopping: try again later.')
}

function tooLate(timeoutMs: number): EgressRefused {
  return new EgressRefused('TIME', `There was no complete answer in ${timeoutMs / seconds(1)} s.`)
}
