import { createLocalJWKSet, errors, jwtVerify, type JWTPayload } from 'jose'
import { z } from 'zod'
import { messageOf } from '../lib/errors.ts'
import { minutes } from '../lib/units.ts'

/** EdDSA over Ed25519 and nothing else (RFC 8037): said here, never read from a token. */
export const CERTIFICATE_ALGORITHM = 'EdDSA'
/** The header's `typ`: no other token that the registry's key signs is taken for a certificate (RFC 8725, 3.11). */
export const CERTIFICATE_TYPE = 'license+jwt'

/** Clocks of different machines differ by this much; a clock that is further behind was set back. */
const CLOCK_SKEW_MS = minutes(5)
/** Ours have 2 KB and a few KB of entitlements. */
const MAX_TOKEN_CHARACTERS = 64 * 1024

const Claims = z.object({
  iss: z.string(),
  sub: z.string(),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number().optional(),
  plugin: z.string(),
  organization: z.string().nullable(),
  site: z.string().nullable(),
  type: z.enum(['FREE', 'TRIAL', 'SITE', 'ENTERPRISE', 'DEVELOPER']),
  status: z.enum(['ACTIVE', 'SUSPENDED', 'REVOKED']),
  maxInstallations: z.int().nullable(),
  entitlements: z.array(z.string()),
  expiresAt: z.iso.datetime().nullable(),
  serial: z.int().min(1),
})

/** What a certificate says. `organization`, `site` and `sub` (the licence) are global ids; times of `iat`, `nbf`, `exp` in seconds. */
export type CertificateClaims = z.output<typeof Claims>

/** What a site remembers between two checks, so that neither clock nor certificate can go back. */
export const SeenSchema = z.object({
  /** The latest time that was seen. */
  latestTime: z.iso.datetime(),
  /** The highest serial of each licence. */
  serials: z.record(z.string(), z.int()),
})
export type Seen = z.output<typeof SeenSchema>

/** Why a certificate is refused. */
export type CertificateRefusal =
  | 'MALFORMED'
  | 'SIGNATURE_INVALID'
  | 'UNKNOWN_KEY'
  | 'WRONG_ALGORITHM'
  | 'CLOCK_SET_BACK'
  | 'OUTDATED'
  | 'NOT_STARTED'
  | 'EXPIRED'
  | 'SUSPENDED'
  | 'REVOKED'
  | 'PLUGIN_MISMATCH'
  | 'ORGANIZATION_MISMATCH'
  | 'SITE_MISMATCH'

/** Where a certificate is to hold; what is left out is not looked at. One without organization or site holds in all of them. */
export interface CertificatePlace {
  /** Slug. */
  plugin?: string | undefined
  /** Global id. */
  organization?: string | undefined
  /** Global id. */
  site?: string | undefined
}

interface Valid {
  valid: true
  inGracePeriod: boolean
  claims: CertificateClaims
}

interface Refused {
  valid: false
  refusal: CertificateRefusal
  detail: string
}

/**
 * Whether a certificate holds. `seen` is to be remembered for the next check, also of a genuine one that is refused: else an
 * expired one would hold again with the clock set back. It is left out where nothing was learned.
 */
export type CertificateVerdict = (Valid | Refused) & { seen?: Seen }

/**
 * Checks a licence certificate with no connection: by the registry's published keys (a JWK Set), the present time, and what
 * was seen before (null at the first check). It needs nothing of the service.
 */
export async function verifyLicenseCertificate(
  token: string,
  options: { keys: unknown; now: Date; seen: Seen | null; place?: CertificatePlace },
): Promise<CertificateVerdict> {
  const { keys, now, seen, place = {} } = options
  const read = await readSigned(token, keys)
  if ('refusal' in read) return refused(read.refusal, read.detail)
  const parsed = Claims.safeParse(read.payload)
  if (!parsed.success) return refused('MALFORMED', 'It lacks what a licence certificate says.')
  const claims = parsed.data
  const time = now.getTime()
  const latest = Math.max(seen === null ? 0 : Date.parse(seen.latestTime), claims.iat * 1000)
  if (time < latest - CLOCK_SKEW_MS) {
    return refused(
      'CLOCK_SET_BACK',
      `The clock says ${now.toISOString()}, and it was ${new Date(latest).toISOString()} already.`,
    )
  }
  const known = (seen !== null && Object.hasOwn(seen.serials, claims.sub) && seen.serials[claims.sub]) || 0
  if (claims.serial < known) {
    return refused('OUTDATED', `It is number ${claims.serial}, and number ${known} was seen already.`)
  }
  const remembered: Seen = {
    latestTime: new Date(Math.max(time, latest)).toISOString(),
    serials: { ...seen?.serials, [claims.sub]: claims.serial },
  }
  return { ...standing(claims, place, time), seen: remembered }
}

/** What a certificate that is genuine and the newest says for a time, by the precedence of the server's own check. */
function standing(claims: CertificateClaims, place: CertificatePlace, time: number): Valid | Refused {
  if (claims.status !== 'ACTIVE') return refused(claims.status, `The licence is ${claims.status}.`)
  if (time < claims.nbf * 1000) return refused('NOT_STARTED', 'The licence has not begun yet.')
  for (const what of ['plugin', 'organization', 'site'] as const) {
    if (place[what] === undefined || claims[what] === null || claims[what] === place[what]) continue
    return refused(MISMATCH[what], `It is for the ${what} ${claims[what]}.`)
  }
  if (claims.exp !== undefined && time >= claims.exp * 1000) {
    return refused('EXPIRED', `The licence expired at ${claims.expiresAt}, and its grace period is over.`)
  }
  const inGracePeriod = claims.expiresAt !== null && time >= Date.parse(claims.expiresAt)
  return { valid: true, inGracePeriod, claims }
}

const MISMATCH = {
  plugin: 'PLUGIN_MISMATCH',
  organization: 'ORGANIZATION_MISMATCH',
  site: 'SITE_MISMATCH',
} as const

type Signed = { payload: JWTPayload } | { refusal: CertificateRefusal; detail: string }

async function readSigned(token: string, keys: unknown): Promise<Signed> {
  if (token.length > MAX_TOKEN_CHARACTERS || !isCanonical(token)) {
    return { refusal: 'MALFORMED', detail: 'It is no JWT in its compact form.' }
  }
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys as never), {
      algorithms: [CERTIFICATE_ALGORITHM],
      typ: CERTIFICATE_TYPE,
      // The times are checked below, each with an answer of its own; here they only must not end the check.
      clockTolerance: Number.MAX_SAFE_INTEGER,
    })
    return { payload }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === null) throw error
    return { refusal, detail: messageOf(error) }
  }
}

function refusalOf(error: unknown): CertificateRefusal | null {
  if (error instanceof errors.JOSEAlgNotAllowed) return 'WRONG_ALGORITHM'
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSInvalid) return 'UNKNOWN_KEY'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'SIGNATURE_INVALID'
  return error instanceof errors.JOSEError ? 'MALFORMED' : null
}

/** Whether the three parts are written in the one way that base64url has: no padding, no bits left over, nothing after. */
function isCanonical(token: string): boolean {
  const parts = token.split('.')
  return (
    parts.length === 3 &&
    parts.every((part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part)
  )
}

function refused(refusal: CertificateRefusal, detail: string): Refused {
  return { valid: false, refusal, detail }
}
