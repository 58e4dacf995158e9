import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose'
import { messageOf } from '../lib/errors.ts'
import { KiB, seconds } from '../lib/units.ts'
import type { Clock } from './clock.ts'
import { createEgress } from './egress/egress.ts'
import type { Log } from './log.ts'

/** Never read from the token: no `none`, and none of the HS family, whose secret would be the public key. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']
/** What an access token or an ID token calls itself (RFC 7519, RFC 9068); logout and licence tokens are others. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt', 'application/at+jwt', 'application/jwt'])
/** Clocks of two servers differ by less. */
const TOLERANCE_MS = seconds(10)
/** A key that is not known is asked for at most this often. */
const KEY_COOLDOWN_MS = seconds(30)
/** An issuer that does not answer is left alone for so long. */
const FAILURE_COOLDOWN_MS = seconds(5)
const TIMEOUT_MS = seconds(5)
/** A key has half a KiB; issuers publish a handful. */
const MAX_DOCUMENT_BYTES = 256 * KiB

/** A token of the issuer that is valid now. */
export interface VerifiedToken {
  subject: string
  /** When it ends, tolerance included. */
  until: Date
  claims: JWTPayload
}

/** An OpenID Connect issuer whose tokens are accepted. */
export interface TokenIssuer {
  /** Throws TokenRefused where it is not valid, and IssuerUnavailable where its key cannot be got. */
  verify(token: string): Promise<VerifiedToken>
  close(): Promise<void>
}

/** A token that is not valid; the message says why, as far as its holder may know. */
export class TokenRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TokenRefused'
  }
}

/** The issuer's keys cannot be had now. */
export class IssuerUnavailable extends Error {
  constructor(options?: ErrorOptions) {
    super('The issuer of tokens does not answer as it should: try again in a moment.', options)
    this.name = 'IssuerUnavailable'
  }
}

export interface TokenIssuerOptions {
  issuer: string
  audience: string
  /** Null: where the issuer's discovery document says. */
  jwksUrl: string | null
  clock: Clock
  log: Log
  /** Milliseconds between two questions for a key that is not known. */
  keyCooldownMs?: number
}

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>

/** Nothing is asked of the issuer before its first token comes; then its keys are kept, and renewed by and by. */
export function openTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { issuer, audience, jwksUrl, clock, log } = options
  // Whoever runs the service named these hosts: they may be private. What discovery names besides may not.
  const named = [issuer, jwksUrl].flatMap((url) => (url === null ? [] : [new URL(url).host]))
  const egress = createEgress({ allowHosts: named })
  let failedAt: number | null = null
  let keys: Promise<RemoteKeys> | null = null

  const fetchDocument = async (url: string): Promise<string> => {
    if (failedAt !== null && Math.abs(clock.now().getTime() - failedAt) < FAILURE_COOLDOWN_MS)
      throw new IssuerUnavailable()
    try {
      const { status, body } = await egress.fetch(url, {
        headers: { accept: 'application/json' },
        maxBytes: MAX_DOCUMENT_BYTES,
        timeoutMs: TIMEOUT_MS,
        redirects: 0,
      })
      if (status !== 200) throw new Error(`It answered ${status}.`)
      failedAt = null
      return new TextDecoder().decode(body)
    } catch (error) {
      failedAt = clock.now().getTime()
      log.warn({ url, reason: messageOf(error) }, 'the issuer of tokens does not answer')
      throw new IssuerUnavailable({ cause: error })
    }
  }

  const discover = async (): Promise<string> => {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const text = await fetchDocument(url)
    const found = keysAddress(text, issuer)
    if (found !== null) return found
    failedAt = clock.now().getTime()
    log.warn({ url }, 'the discovery document of the issuer names another issuer, or no keys')
    throw new IssuerUnavailable()
  }

  const openKeys = async (): Promise<RemoteKeys> =>
    createRemoteJWKSet(new URL(jwksUrl ?? (await discover())), {
      cooldownDuration: options.keyCooldownMs ?? KEY_COOLDOWN_MS,
      [customFetch]: async (url) => new Response(await fetchDocument(url)),
    })

  const forget = (opening: Promise<RemoteKeys>): void => {
    if (keys === opening) keys = null
  }

  const open = (): Promise<RemoteKeys> => {
    const opening = openKeys()
    opening.catch(() => forget(opening))
    return opening
  }

  const keyFor: JWTVerifyGetKey = async (header, token) => {
    const opening = (keys ??= open())
    const set = await opening
    try {
      return await set(header, token)
    } catch (error) {
      // Where the keys lie may have changed as well. Those that are fresh still serve: a token with a made-up key must not
      // end them while the issuer is away.
      if (isUnavailable(error) && !set.fresh) forget(opening)
      throw error
    }
  }

  return {
    async verify(token) {
      try {
        const { payload, protectedHeader } = await jwtVerify(token, keyFor, {
          algorithms: ALGORITHMS,
          issuer,
          audience,
          clockTolerance: TOLERANCE_MS / seconds(1),
          currentDate: clock.now(),
          requiredClaims: ['exp', 'sub'],
        })
        const { typ } = protectedHeader
        if (typ !== undefined && !TYPES.has(typ.toLowerCase()))
          throw new TokenRefused('It is of another type.')
        return verified(payload)
      } catch (error) {
        if (isUnavailable(error))
          throw error instanceof IssuerUnavailable ? error : new IssuerUnavailable({ cause: error })
        if (error instanceof TokenRefused) throw error
        if (!(error instanceof errors.JOSEError)) {
          log.warn({ reason: messageOf(error) }, 'a token could not be verified')
        }
        throw new TokenRefused(reasonOf(error))
      }
    },
    close: () => egress.close(),
  }
}

/** `jwks_uri` of a discovery document of this very issuer; not in the clear where the issuer is not. */
function keysAddress(text: string, issuer: string): string | null {
  const { issuer: named, jwks_uri: address } = (parsed(text) ?? {}) as {
    issuer?: unknown
    jwks_uri?: unknown
  }
  if (named !== issuer || typeof address !== 'string') return null
  const { protocol } = URL.parse(address) ?? {}
  const allowed = issuer.startsWith('https:') ? ['https:'] : ['https:', 'http:']
  return protocol !== undefined && allowed.includes(protocol) ? address : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isUnavailable(error: unknown): boolean {
  return (
    error instanceof IssuerUnavailable ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid
  )
}

function verified(claims: JWTPayload): VerifiedToken {
  const { sub, exp } = claims
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT || exp === undefined) {
    throw new TokenRefused('It names no subject.')
  }
  return { subject: sub, until: new Date(seconds(exp) + TOLERANCE_MS), claims }
}

/** OpenID Connect Core 1.0, 2: at most 255 ASCII characters. */
const MAX_SUBJECT = 255

/** Only what the signature has vouched for is told in particular. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'It has expired: get a new one.'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return 'It is not valid yet.'
    if (error.claim === 'aud') return 'It is made for another audience.'
    if (error.claim === 'iss') return 'It is of another issuer.'
    return `Its claim "${error.claim}" is missing or wrong.`
  }
  return 'It is not a valid token of the issuer that is accepted here.'
}
