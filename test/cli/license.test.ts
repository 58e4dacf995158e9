import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { exportJWK, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { days } from '../../src/lib/units.ts'
import { emptyFolder, patchbay, writeFiles } from './support/command.ts'

const inDays = (count: number): number => Math.floor((Date.now() + days(count)) / 1000)

/** A folder with a certificate, the published keys, and other certificates beside it. */
async function site() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA', use: 'sig' }] }
  const claims = {
    iss: 'patchbay',
    sub: 'TGljZW5zZTox',
    iat: inDays(-10),
    nbf: inDays(-10),
    exp: inDays(10),
    plugin: 'invoices',
    organization: 'T3JnOjE=',
    site: null,
    type: 'ENTERPRISE',
    status: 'ACTIVE',
    maxInstallations: null,
    entitlements: ['reports'],
    expiresAt: new Date(inDays(10) * 1000).toISOString(),
    serial: 2,
  }
  const sign = async (more: object) =>
    await new SignJWT({ ...claims, ...more })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'license+jwt', kid: 'k1' })
      .sign(privateKey)
  const cwd = await emptyFolder()
  const good = await sign({})
  await writeFiles(cwd, {
    'keys.json': JSON.stringify(keys),
    'good.jwt': `${good}\n`,
    'older.jwt': await sign({ serial: 1 }),
    'expired.jwt': await sign({ exp: inDays(-1) }),
    'tampered.jwt': `${good.slice(0, -6)}AAAAAA`,
  })
  const verify = async (file: string, ...more: string[]) =>
    await patchbay(['license', 'verify', file, '--keys', 'keys.json', '--json', ...more], { cwd })
  return { cwd, verify, claims }
}

test('a certificate is verified offline, and 4 is the exit code of one that is refused', async () => {
  const { cwd, verify, claims } = await site()
  const good = await verify('good.jwt', '--plugin', 'invoices', '--site', 'any')
  expect(good).toMatchObject({
    code: 0,
    stderr: '',
    documents: [{ valid: true, inGracePeriod: false, claims }],
  })
  const refused = [
    ['expired.jwt', 'EXPIRED'],
    ['tampered.jwt', 'SIGNATURE_INVALID'],
    ['keys.json', 'MALFORMED'],
    ['good.jwt', 'PLUGIN_MISMATCH', '--plugin', 'another'],
  ] as const
  await Promise.all(
    refused.map(async ([file, refusal, ...more]) => {
      expect(await verify(file, ...more)).toMatchObject({ code: 4, documents: [{ valid: false, refusal }] })
    }),
  )
  const told = await patchbay(['license', 'verify', 'good.jwt', '--keys', 'keys.json'], { cwd })
  expect(told.stdout).toMatch(/^Valid {2}ENTERPRISE licence of invoices\nExpires .*\nUnlocks {2}reports\n$/)
  expect(await verify('missing.jwt')).toMatchObject({ code: 2 })
})

test('the state file remembers: no older certificate, and no clock that was set back', async () => {
  const { cwd, verify, claims } = await site()
  const state = ['--state', 'licence.state']
  expect(await verify('good.jwt', ...state)).toMatchObject({ code: 0 })
  const seen = JSON.parse(await readFile(path.join(cwd, 'licence.state'), 'utf8')) as { serials: object }
  expect(seen.serials).toEqual({ [claims.sub]: 2 })
  expect(await verify('older.jwt', ...state)).toMatchObject({ code: 4, documents: [{ refusal: 'OUTDATED' }] })
  await writeFiles(cwd, {
    'licence.state': JSON.stringify({ ...seen, latestTime: new Date(inDays(1) * 1000).toISOString() }),
  })
  expect(await verify('good.jwt', ...state)).toMatchObject({
    code: 4,
    documents: [{ refusal: 'CLOCK_SET_BACK' }],
  })
  await writeFiles(cwd, { 'licence.state': 'no JSON' })
  expect(await verify('good.jwt', ...state)).toMatchObject({ code: 2 })
})
