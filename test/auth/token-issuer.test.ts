import { createHmac } from 'node:crypto'
import { exportSPKI } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { minutes, seconds } from '../../src/lib/units.ts'
import { createLog } from '../../src/platform/log.ts'
import {
  openTokenIssuer,
  type TokenIssuer,
  type TokenIssuerOptions,
} from '../../src/platform/token-issuer.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { drawIssuerKey, startIssuer, type FakeIssuer } from '../support/token-issuer.ts'

let clock: FakeClock
let issuer: FakeIssuer
let open: TokenIssuer[]
beforeEach(async () => {
  clock = new FakeClock(new Date())
  issuer = await startIssuer(() => clock.now().getTime())
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((it) => it.close()))
  await issuer.close()
})

function accepting(options: Partial<TokenIssuerOptions> = {}): TokenIssuer {
  const log = createLog('silent', { write: () => undefined })
  const { url, audience } = issuer
  const made = openTokenIssuer({ issuer: url, audience, jwksUrl: null, clock, log, ...options })
  open.push(made)
  return made
}

/** `accepted`, or the name and text of the refusal. */
async function outcome(token: string, by = accepting()): Promise<string> {
  try {
    await by.verify(token)
    return 'accepted'
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = (): number => Math.floor(clock.now().getTime() / 1000)

test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('a token signed by %s is accepted', async (alg) => {
  issuer.keys = [await drawIssuerKey('key', alg)]
  const { subject, until, claims } = await accepting().verify(await issuer.sign())
  expect(subject).toBe('ada')
  expect(until.getTime()).toBeGreaterThan(clock.now().getTime() + minutes(59))
  expect(claims['email']).toBe('ada@example.com')
})

describe('what the claims must say', () => {
  const cases: [string, () => Record<string, unknown>, RegExp][] = [
    ['it ended a minute ago', () => ({ exp: now() - 60 }), /expired/],
    ['it ended a few seconds ago, by another clock', () => ({ exp: now() - 5 }), /^accepted$/],
    ['it never ends', () => ({ exp: undefined }), /"exp" is missing/],
    ['it ends at no number', () => ({ exp: 'tomorrow' }), /"exp"/],
    ['it begins in a minute', () => ({ nbf: now() + 60 }), /not valid yet/],
    ['it began', () => ({ nbf: now() - 60 }), /^accepted$/],
    ['another audience', () => ({ aud: 'another' }), /another audience/],
    ['an audience that begins like ours', () => ({ aud: 'patchbay2' }), /another audience/],
    ['no audience', () => ({ aud: undefined }), /another audience/],
    ['ours among its audiences', () => ({ aud: ['another', 'patchbay'] }), /^accepted$/],
    ['another issuer', () => ({ iss: 'https://evil.example' }), /another issuer/],
    ['the issuer with a slash more', () => ({ iss: `${issuer.url}/` }), /another issuer/],
    ['no issuer', () => ({ iss: undefined }), /another issuer/],
    ['no subject', () => ({ sub: undefined }), /"sub"/],
    ['an empty subject', () => ({ sub: '' }), /no subject/],
    ['a subject of a thousand characters', () => ({ sub: 'x'.repeat(1000) }), /no subject/],
  ]
  test.each(cases)('%s', async (_name, claims, told) => {
    expect(await outcome(await issuer.sign(claims()))).toMatch(told)
  })
})

describe('forgeries', () => {
  const generic = 'TokenRefused: It is not a valid token of the issuer that is accepted here.'

  test('alg none is refused, in any spelling, with and without a signature', async () => {
    const [, payload, signature] = (await issuer.sign()).split('.')
    for (const alg of ['none', 'None', 'NONE', '']) {
      for (const end of ['', signature!]) {
        expect(await outcome(`${base64({ alg, kid: 'first' })}.${payload}.${end}`)).toBe(generic)
      }
    }
  })

  test('HS256 with the public key as its secret is refused', async () => {
    const key = await drawIssuerKey('first', 'RS256')
    issuer.keys = [key]
    const [, payload] = (await issuer.sign()).split('.')
    const input = `${base64({ alg: 'HS256', kid: 'first', typ: 'JWT' })}.${payload}`
    for (const secret of [await exportSPKI(key.publicKey), JSON.stringify(key.jwk)]) {
      const signature = createHmac('sha256', secret).update(input).digest('base64url')
      expect(await outcome(`${input}.${signature}`)).toBe(generic)
    }
  })

  test('a payload that was changed after it was signed is refused, and so is a signature of another key', async () => {
    const [header, payload, signature] = (await issuer.sign()).split('.')
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object
    expect(await outcome(`${header}.${base64({ ...claims, roles: ['ADMIN'] })}.${signature}`)).toBe(generic)
    const impostor = await drawIssuerKey('first')
    expect(await outcome(await issuer.sign({}, {}, impostor))).toBe(generic)
  })

  test('keys that the token itself brings or points at are not looked at', async () => {
    const evil = await startIssuer(() => clock.now().getTime())
    const [own] = evil.keys
    const headers = [
      { jwk: own!.jwk },
      { jku: `${evil.url}/keys` },
      { x5u: `${evil.url}/cert` },
      { x5c: ['MIIB'] },
      { kid: 'unknown', jku: `${evil.url}/keys`, jwk: own!.jwk },
    ]
    for (const header of headers) expect(await outcome(await issuer.sign({}, header, own))).toBe(generic)
    expect(evil.asked).toEqual([])
    await evil.close()
  })

  test('a critical header that is not understood is refused, and so is another type of token', async () => {
    const [, payload, signature] = (await issuer.sign()).split('.')
    const critical = base64({ alg: 'ES256', kid: 'first', crit: ['exp2'], exp2: 1 })
    expect(await outcome(`${critical}.${payload}.${signature}`)).toBe(generic)
    for (const typ of ['logout+jwt', 'license+jwt', 'dpop+jwt']) {
      expect(await outcome(await issuer.sign({}, { typ }))).toMatch(/another type/)
    }
    expect(await outcome(await issuer.sign({}, { typ: 'at+jwt' }))).toBe('accepted')
  })

  test.each(['a.b.c', '..', 'eyJhbGciOiJFUzI1NiJ9..', `${'a'.repeat(4000)}.${'b'.repeat(4000)}.c`])(
    'what is no token is refused: %.20s',
    async (text) => {
      expect(await outcome(text)).toBe(generic)
    },
  )
})

describe('what the issuer is asked', () => {
  test('its keys are asked for once for any number of tokens, also at the same time', async () => {
    const by = accepting()
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, sub) => issuer.sign({ sub: `${sub}` })))
    expect(await Promise.all(tokens.map((token) => outcome(token, by)))).toEqual(tokens.map(() => 'accepted'))
    expect(await outcome(tokens[0]!, by)).toBe('accepted')
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
  })

  test('a new key is found when a token names it; the old one is refused once it is gone', async () => {
    const by = accepting({ keyCooldownMs: 0 })
    const before = await issuer.sign()
    expect(await outcome(before, by)).toBe('accepted')
    issuer.keys = [await drawIssuerKey('second')]
    expect(await outcome(await issuer.sign(), by)).toBe('accepted')
    expect(await outcome(before, by)).toMatch(/^TokenRefused/)
  })

  test('a flood of unknown keys is one question', async () => {
    const by = accepting()
    expect(await outcome(await issuer.sign(), by)).toBe('accepted')
    for (let index = 0; index < 20; index++) {
      expect(await outcome(await issuer.sign({}, { kid: `made-up-${index}` }), by)).toMatch(/^TokenRefused/)
    }
    expect(issuer.asked.filter((path) => path === '/keys')).toHaveLength(1)
  })

  test('known keys serve on while it is away, also when unknown ones are asked for', async () => {
    const by = accepting({ keyCooldownMs: 0 })
    const token = await issuer.sign()
    expect(await outcome(token, by)).toBe('accepted')
    issuer.instead = null
    expect(await outcome(await issuer.sign({}, { kid: 'made-up' }), by)).toMatch(/^IssuerUnavailable/)
    expect(await outcome(token, by)).toBe('accepted')
  })

  test('where its keys lie may be given, and then discovery is not asked', async () => {
    expect(await outcome(await issuer.sign(), accepting({ jwksUrl: `${issuer.url}/keys` }))).toBe('accepted')
    expect(issuer.asked).toEqual(['/keys'])
  })

  const failures: [string, FakeIssuer['instead']][] = [
    ['it cuts the connection', null],
    ['it answers 500', { status: 500, body: '' }],
    ['it redirects', { status: 302, headers: { location: 'http://127.0.0.1:9/keys' }, body: '' }],
    ['it answers no JSON', { status: 200, body: '<html>' }],
    ['it answers with a megabyte', { status: 200, body: JSON.stringify({ keys: ['x'.repeat(1_000_000)] }) }],
    [
      'it is another issuer',
      { status: 200, body: '{"issuer":"https://evil.example","jwks_uri":"https://x.y/z"}' },
    ],
  ]
  test.each(failures)('%s: unavailable, and left alone for some seconds', async (_name, instead) => {
    const by = accepting()
    const token = await issuer.sign()
    issuer.instead = instead
    expect(await outcome(token, by)).toMatch(/^IssuerUnavailable/)
    issuer.instead = undefined
    const asked = issuer.asked.length
    expect(await outcome(token, by)).toMatch(/^IssuerUnavailable/)
    expect(issuer.asked).toHaveLength(asked)
    clock.advance(seconds(6))
    expect(await outcome(token, by)).toBe('accepted')
  })

  test('keys that cannot be read are unavailable; a key that may not sign is no key', async () => {
    const jwksUrl = `${issuer.url}/keys`
    const token = await issuer.sign()
    issuer.instead = { status: 200, body: '{"keys": 7}' }
    expect(await outcome(token, accepting({ jwksUrl }))).toMatch(/^IssuerUnavailable/)
    const [{ jwk }] = issuer.keys as [FakeIssuer['keys'][number]]
    issuer.instead = {
      status: 200,
      body: JSON.stringify({
        keys: [
          { ...jwk, use: 'enc' },
          { kty: 'oct', k: 'AA', kid: 'first' },
        ],
      }),
    }
    expect(await outcome(token, accepting({ jwksUrl }))).toMatch(/^TokenRefused/)
  })
})
