import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { exportJWK, SignJWT } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { verifyLicenseCertificate, type Seen } from '../../../src/platform/license-certificate.ts'

const NOW = new Date('2026-06-15T12:00:00.000Z')
const at = (text: string): number => Date.parse(text) / 1000
const CLAIMS = {
  iss: 'https://patchbay.example.com',
  sub: 'TGljZW5zZTox',
  iat: at('2026-06-01T00:00:00Z'),
  nbf: at('2026-06-01T00:00:00Z'),
  exp: at('2026-07-15T00:00:00Z'),
  plugin: 'invoices',
  organization: 'T3JnOjE=',
  site: null,
  type: 'ENTERPRISE',
  status: 'ACTIVE',
  maxInstallations: 3,
  entitlements: ['reports'],
  expiresAt: '2026-07-01T00:00:00.000Z',
  serial: 3,
}

let ours: { privateKey: KeyObject; publicKey: KeyObject }
let keys: { keys: object[] }
beforeAll(async () => {
  ours = generateKeyPairSync('ed25519')
  keys = { keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'k1', alg: 'EdDSA', use: 'sig' }] }
})

const sign = async (claims: object = {}, header: object = {}, key: KeyObject = ours.privateKey) =>
  await new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'license+jwt', kid: 'k1', ...header })
    .sign(key)

const verify = async (token: string, options: { now?: Date; seen?: Seen | null; keys?: unknown } = {}) =>
  await verifyLicenseCertificate(token, { keys, now: NOW, seen: null, ...options })

const refusalOf = async (...args: Parameters<typeof verify>) => {
  const verdict = await verify(...args)
  return verdict.valid ? null : verdict.refusal
}

test('a certificate holds until its expiry, and through its grace period', async () => {
  const token = await sign()
  expect(await verify(token)).toMatchObject({ valid: true, inGracePeriod: false, claims: CLAIMS })
  const late = new Date('2026-07-14T23:59:59Z')
  expect(await verify(token, { now: late })).toMatchObject({ valid: true, inGracePeriod: true })
  expect(await refusalOf(token, { now: new Date('2026-07-15T00:00:00Z') })).toBe('EXPIRED')
  const endless = await sign({ exp: undefined, expiresAt: null })
  expect(await verify(endless, { now: new Date('2099-01-01T00:00:00Z') })).toMatchObject({ valid: true })
})

test('a certificate that was changed anywhere is refused', async () => {
  const token = await sign()
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const changed = Buffer.from(JSON.stringify({ ...CLAIMS, maxInstallations: 300 })).toString('base64url')
  expect(await refusalOf(`${header}.${changed}.${signature}`)).toBe('SIGNATURE_INVALID')
  for (let at = 0; at < token.length; at += 7) {
    const other = token[at] === 'A' ? 'B' : 'A'
    const tampered = `${token.slice(0, at)}${other}${token.slice(at + 1)}`
    expect((await verify(tampered)).valid, `character ${at}`).toBe(false)
  }
  // The same bytes, written in another way, and bytes behind them.
  for (const written of [`${token}=`, `${token}\n`, `${token}.`, ` ${token}`, `${token}AAAA`]) {
    expect(await refusalOf(written)).not.toBeNull()
  }
  const last = signature.at(-1)!
  const twin = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const leftOver = twin[twin.indexOf(last) ^ 1]!
  expect(await refusalOf(`${header}.${payload}.${signature.slice(0, -1)}${leftOver}`)).toBe('MALFORMED')
})

test('only our keys, our algorithm and our kind of token count, whatever the token says', async () => {
  const theirs = generateKeyPairSync('ed25519')
  expect(await refusalOf(await sign({}, {}, theirs.privateKey))).toBe('SIGNATURE_INVALID')
  expect(await refusalOf(await sign({}, { kid: 'k2' }, theirs.privateKey))).toBe('UNKNOWN_KEY')
  expect(await refusalOf(await sign(), { keys: { keys: [] } })).toBe('UNKNOWN_KEY')
  expect(await refusalOf(await sign(), { keys: 'no keys' })).toBe('UNKNOWN_KEY')
  expect(await refusalOf(await sign({}, { typ: 'JWT' }))).toBe('MALFORMED')
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const none = `${part({ alg: 'none', typ: 'license+jwt' })}.${part(CLAIMS)}.`
  expect(await refusalOf(none)).toBe('MALFORMED')
  expect(await refusalOf(`${none}AAAA`)).toBe('WRONG_ALGORITHM')
  // The public key as the secret of an HMAC.
  const { x } = await exportJWK(ours.publicKey)
  const hmac = await new SignJWT(CLAIMS)
    .setProtectedHeader({ alg: 'HS256', typ: 'license+jwt', kid: 'k1' })
    .sign(Buffer.from(x!, 'base64url'))
  expect(await refusalOf(hmac)).toBe('WRONG_ALGORITHM')
  expect(await refusalOf(await sign({ serial: 'three' }))).toBe('MALFORMED')
  expect(await refusalOf('x'.repeat(1_000_000))).toBe('MALFORMED')
})

test('neither the clock nor the certificate goes back, also where an expired one was seen in between', async () => {
  const token = await sign()
  expect(await refusalOf(token, { now: new Date('2026-05-01T00:00:00Z') })).toBe('CLOCK_SET_BACK')
  const expired = await verify(token, { now: new Date('2026-08-01T00:00:00Z') })
  expect(expired).toMatchObject({ valid: false, refusal: 'EXPIRED' })
  expect(await refusalOf(token, { seen: expired.seen! })).toBe('CLOCK_SET_BACK')
  // Clocks that differ by a little are no clocks that were set back.
  const { seen } = await verify(token)
  expect(await verify(token, { now: new Date(NOW.getTime() - 60_000), seen: seen! })).toMatchObject({
    valid: true,
  })

  const suspended = await verify(await sign({ serial: 4, status: 'SUSPENDED' }), { seen: seen! })
  expect(suspended).toMatchObject({ valid: false, refusal: 'SUSPENDED' })
  expect(await refusalOf(token, { seen: suspended.seen! })).toBe('OUTDATED')
  const renewed = await verify(await sign({ serial: 5 }), { seen: suspended.seen! })
  expect(renewed).toMatchObject({ valid: true, seen: { serials: { [CLAIMS.sub]: 5 } } })
  // Another licence counts for itself.
  expect(await verify(await sign({ sub: 'other', serial: 1 }), { seen: renewed.seen! })).toMatchObject({
    valid: true,
    seen: { serials: { [CLAIMS.sub]: 5, other: 1 } },
  })
})

test('one that has not begun, was suspended or revoked is refused', async () => {
  expect(await refusalOf(await sign({ nbf: at('2026-06-20T00:00:00Z') }))).toBe('NOT_STARTED')
  expect(await refusalOf(await sign({ status: 'REVOKED' }))).toBe('REVOKED')
})

test('it holds in its place alone, and what is wrong first is told by the precedence of the server', async () => {
  const here = { plugin: 'invoices', organization: CLAIMS.organization, site: 'any' }
  const refusal = async (claims: object, place: object) => {
    const verdict = await verifyLicenseCertificate(await sign(claims), { keys, now: NOW, seen: null, place })
    return verdict.valid ? null : verdict.refusal
  }
  const past = { exp: at('2026-06-10T00:00:00Z') }
  expect(await refusal({}, here)).toBeNull()
  expect(await refusal({ site: 'mine', ...past }, { site: 'another' })).toBe('SITE_MISMATCH')
  expect(await refusal({ site: 'mine' }, { site: 'x', organization: 'x' })).toBe('ORGANIZATION_MISMATCH')
  expect(await refusal({}, { organization: 'x', plugin: 'x' })).toBe('PLUGIN_MISMATCH')
  expect(await refusal({ status: 'SUSPENDED' }, { plugin: 'x' })).toBe('SUSPENDED')
})
