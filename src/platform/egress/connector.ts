import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import { seconds } from '../../lib/units.ts'
import { EgressRefused } from './egress-refused.ts'
import type { Target } from './target.ts'

/** How a connection is made. */
export interface Connecting {
  /** Milliseconds for TCP and TLS together. */
  timeoutMs: number
  /** Trusted certificates; Node's own where null. */
  secureContext: SecureContext | null
  /** Ends the attempt, and the connection. */
  signal: AbortSignal
}

/**
 * Connects to one of the addresses that were checked, and to no other: the name is not resolved again, but stays what
 * `Host`, SNI and the certificate's check go by. For an address as host there is no look-up, and it was checked itself.
 */
export function pinnedConnector(
  { host, port, literal }: Target,
  addresses: readonly string[],
  { timeoutMs, secureContext, signal }: Connecting,
): buildConnector.connector {
  const connect = buildConnector({
    // One request, and HTTP/2 has many more ways to be abused by a server.
    allowH2: false,
    maxCachedSessions: 0,
    // Over NODE_TLS_REJECT_UNAUTHORIZED, which would turn the check off for the whole process.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    timeout: timeoutMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
    lookup: (_name, options, callback) => {
      const answers = addresses.map((address) => ({ address, family: isIP(address) }))
      if (options.all === true) callback(null, answers)
      else callback(null, answers[0]!.address, answers[0]!.family)
    },
    signal,
    ...(secureContext === null ? {} : { secureContext }),
  })
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return (options, callback) => {
    connect({ ...options, hostname: host, ...(literal ? {} : { servername: host }) }, (...outcome) => {
      const [error, socket] = outcome
      if (error === null) callback(null, socket)
      else callback(whyNotConnected(error, where, options.protocol === 'https:', timeoutMs), null)
    })
  }
}

/** With several addresses, this long for each but the last: one family is often announced and not routed. */
const ATTEMPT_TIMEOUT_MS = 500

const TIMEOUTS: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])
const UNCONNECTED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it was refused',
  ECONNRESET: 'it was cut off',
  ENETUNREACH: 'there is no route',
  EHOSTUNREACH: 'there is no route',
  EADDRNOTAVAIL: 'there is no route',
}

function whyNotConnected(error: Error, where: string, secure: boolean, timeoutMs: number): EgressRefused {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const cause = { cause: error }
  if (TIMEOUTS.has(code)) {
    const message = `No connection to ${where} could be made in ${timeoutMs / seconds(1)} s.`
    return new EgressRefused('TIME', message, cause)
  }
  const why = UNCONNECTED[code]
  if (why !== undefined || !secure) {
    const message = `No connection to ${where} could be made${why === undefined ? '' : `: ${why}`}.`
    return new EgressRefused('CONNECT', message, cause)
  }
  return new EgressRefused(
    'TLS',
    `${where} has no TLS, or no certificate that holds for it (${code}).`,
    cause,
  )
}
