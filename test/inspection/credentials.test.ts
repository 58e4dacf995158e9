import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { scanFiles, scanMain } from './support/scan.ts'

/** Looks drawn by chance, and is the same each time; nothing here is a key that anybody ever had. */
function drawn(length: number, alphabet: string): string {
  const bytes = createHash('shake256', { outputLength: length }).update(`${length}${alphabet}`).digest()
  return [...bytes].map((byte) => alphabet[byte % alphabet.length]).join('')
}
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const ALNUM = `${LETTERS}${LETTERS.toLowerCase()}0123456789`
const HEX = '0123456789abcdef'
const pem = (kind: string): string => `-----BEGIN ${kind}PRIVATE KEY-----`

test.each([
  ['AWS', `AKIA${drawn(16, `${LETTERS}234567`)}`],
  ['GitHub', `ghp_${drawn(36, ALNUM)}`],
  ['GitHub, fine-grained', `github_pat_${drawn(82, ALNUM)}`],
  ['GitLab', `glpat-${drawn(20, ALNUM)}`],
  ['Slack', `xoxb-${drawn(12, '1234567890')}-${drawn(24, ALNUM)}`],
  [
    'a Slack webhook',
    `https://hooks.slack.com/services/T${drawn(8, LETTERS)}/B${drawn(8, LETTERS)}/${drawn(24, ALNUM)}`,
  ],
  ['Stripe', `sk_live_${drawn(24, ALNUM)}`],
  ['Google', `AIza${drawn(35, ALNUM)}`],
  ['our own', `pbk_${drawn(8, ALNUM)}_${drawn(43, ALNUM)}`],
  ['npm', `npm_${drawn(36, ALNUM)}`],
  ['SendGrid', `SG.${drawn(22, ALNUM)}.${drawn(43, ALNUM)}`],
  ['Azure', `AccountName=a;AccountKey=${drawn(86, ALNUM)}==`],
  ['a JSON web token', `eyJhbGciOiJIUzI1NiJ9.eyJ${drawn(30, ALNUM)}.${drawn(43, ALNUM)}`],
  ['a private key', `${pem('RSA ')}\\n${drawn(64, ALNUM)}\\n`],
  ['a password in an address', `postgres://app:${drawn(12, ALNUM)}@db.internal/app`],
])('a credential is found in code, in JSON and in other texts: %s', async (_what, key) => {
  const files = { 'main.js': `\nexport const k = '${key}'`, 'a.json': `{"k": "${key}"}`, 'notes.txt': key }
  const findings = (await scanFiles(files)).filter(({ check }) => check === 'scan.credentials')
  expect(findings.map(({ severity, path, line }) => [severity, path, line])).toEqual([
    ['ERROR', 'main.js', 2],
    ['ERROR', 'a.json', 1],
    ['ERROR', 'notes.txt', 1],
  ])
  expect(JSON.stringify(findings)).not.toContain(key)
})

test('a key in pieces is found', async () => {
  const key = drawn(36, ALNUM)
  const source = `const a = 'gh' + 'p_'\nexport const k = a + '${key.slice(0, 20)}' + '${key.slice(20)}'`
  expect(await scanMain(source)).toContain('ERROR scan.credentials 2')
})

test.each([
  ['the example of AWS', 'AKIAIOSFODNN7EXAMPLE'],
  ['a placeholder', `ghp_${'x'.repeat(36)}`],
  ['a test key', `sk_test_${drawn(24, ALNUM)}`],
  ['the head of a key alone', pem('')],
  ['an address with a place for the password', 'postgres://user:${password}@host/db'],
])('what is no credential is not found: %s', async (_what, text) => {
  expect(await scanMain(`export const k = ${JSON.stringify(text)}`)).toEqual([])
})

test('a word of megabytes is searched for credentials in a time that people have, and nothing fails', async () => {
  const findings = await scanFiles({ 'a.json': 'eyJ'.repeat(3_000_000), 'b.json': 'eyJ-'.repeat(2_000_000) })
  expect(findings).toEqual([])
})

test('values drawn by chance with telling names are warned of', async () => {
  const value = drawn(24, ALNUM)
  expect(
    await scanMain(
      `const apiToken = '${value}'\nexport const o = { password: '${value}' }\no.client_secret = '${value}'`,
    ),
  ).toEqual([
    'WARNING scan.credentials.suspected 1',
    'WARNING scan.credentials.suspected 2',
    'WARNING scan.credentials.suspected 3',
  ])
  const [finding] = await scanFiles({ 'config.json': `{\n  "dbPassword": "${drawn(20, HEX)}"\n}` })
  expect(finding).toMatchObject({ check: 'scan.credentials.suspected', path: 'config.json', line: 2 })
})

test.each([
  `export const token = 'access_token_expired'`,
  `export const passwordLabel = 'Your password, 12 characters'`,
  `export const secret = 'WEBHOOK_SIGNING_KEY'`,
  `export const nextToken = 'YTJjNGU2ZzhpMGsybTRv'`,
  `export const apiKey = process`,
  `export const tokenUrl = 'https://example.com/oauth2/token1'`,
])('names and words are not: %s', async (source) => {
  expect((await scanMain(source)).filter((line) => line.includes('credentials'))).toEqual([])
})
