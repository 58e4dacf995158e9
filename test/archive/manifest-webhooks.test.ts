import { expect, test } from 'vitest'
import { checkManifest } from '../../src/archive/check-manifest.ts'
import { webhookSchema } from '../../src/archive/webhook.ts'
import { fullFiles, fullManifest, goodWebhook, someHost } from './support/full-plugin.ts'
import { pluginFiles } from './support/plugin-files.ts'

/** What is said of the full plugin with that webhook file, `SEVERITY check:line`. */
function toldOf(webhook: string, files: Record<string, string> = {}): string[] {
  const all = { ...fullFiles, 'webhooks/notify.yaml': webhook, ...files }
  const { findings } = checkManifest({ entries: pluginFiles(fullManifest, all) }, { host: someHost })
  return findings.map(
    ({ severity, check, path, line }) =>
      `${severity} ${check.replace('manifest.webhooks.', '')} ${path}:${line ?? ''}`,
  )
}

function messageOf(webhook: string): string | undefined {
  const entries = pluginFiles(fullManifest, { ...fullFiles, 'webhooks/notify.yaml': webhook })
  return checkManifest({ entries }).findings[0]?.message
}

const change = (from: string, to: string): string => {
  expect(goodWebhook).toContain(from)
  return goodWebhook.replace(from, to)
}
const here = 'webhooks/notify.yaml'

test('a webhook is read with its defaults', () => {
  const least = { api_version: 'v1', name: 'a', on: ['a.b'], delivery: { url: 'https://example.com' } }
  expect(webhookSchema.parse(least)).toEqual({
    ...least,
    delivery: { url: 'https://example.com', headers: {}, timeout_seconds: 15 },
    retry: { max_attempts: 6, backoff: 'exponential', initial_seconds: 5, max_seconds: 3600 },
  })
})

test.each<[what: string, from: string, to: string, told: string]>([
  ['another version', 'api_version: v1', 'api_version: v2', 'ERROR schema :1'],
  ['no name', 'name: notify', 'title: notify', 'ERROR schema :1'],
  ['a name in capitals', 'name: notify', 'name: Notify', 'ERROR schema :2'],
  ['no events', 'on: [build.completed, deployment.*]', 'on: []', 'ERROR schema :3'],
  ['an event that the host has not', 'build.completed', 'build.compleated', 'ERROR manifest.events.known :3'],
  ['a header of two lines', 'X-Source: patchbay', 'X-Source: "a\\r\\nb"', 'ERROR schema :7'],
  ["a header of the delivery's", 'X-Source:', 'Webhook-Id:', 'ERROR schema :7'],
  ['a long timeout', 'timeout_seconds: 15', 'timeout_seconds: 900', 'ERROR schema :8'],
  ['a signing key in clear text', "secret: '${SECRET:TOKEN}'", 'secret: hunter2', 'ERROR schema :9'],
  ['another algorithm', 'HMAC-SHA256', 'MD5', 'ERROR schema :9'],
  ['a secret that is not declared', 'in/${SECRET:TOKEN}', 'in/${SECRET:TOKN}', 'ERROR secrets :6'],
  ['a variable of the environment', 'in/${SECRET:TOKEN}', 'in/${ENV:TOKEN}', 'ERROR secrets :6'],
  ['a secret as host', 'api.example.com/', '${SECRET:TOKEN}.example.com/', 'ERROR url :6'],
  ['a user in the address', 'https://', 'https://ada:pw@', 'ERROR url :6'],
  ['http', 'https://', 'http://', 'WARNING url :6'],
  ['an address of one machine', 'api.example.com', '[::ffff:127.0.0.1]', 'ERROR url :6'],
  ['an odd notation', 'api.example.com', '2130706433', 'ERROR url :6'],
  ['a metadata service', 'api.example.com', 'metadata.google.internal', 'WARNING url :6'],
  ['no web address', 'https://api.example.com/in/', 'ftp://a/', 'ERROR url :6'],
  ['Python', 'language: javascript', 'language: python', 'ERROR schema :10'],
  ['a transform that is not there', 'transforms/build.js', 'transforms/none.js', 'ERROR transform :10'],
  ['a transform outside', 'transforms/build.js', '../build.js', 'ERROR transform :10'],
  ['a function that is not exported', '#body', '#transform', 'ERROR transform :10'],
  [
    'an entry and code at once',
    'language: javascript,',
    'language: javascript, inline: a,',
    'ERROR schema :10',
  ],
  ['too many attempts', 'max_attempts: 6', 'max_attempts: 600', 'ERROR schema :11'],
  ['the most below the first', 'max_seconds: 3600', 'max_seconds: 1', 'ERROR schema :11'],
  ['an unknown key', 'timeout_seconds', 'timeout_secs', 'WARNING unknown-keys :8'],
  ['an anchor', 'name: notify', 'name: &name notify', 'ERROR yaml :2'],
  ['a key twice', 'name: notify', 'api_version: v1', 'ERROR yaml :2'],
  ['a tag', 'name: notify', 'name: !js notify', 'ERROR yaml :2'],
  ['a second document', 'name: notify', '---\nname: notify', 'ERROR yaml :2'],
  ['__proto__', 'X-Source:', '__proto__:', 'ERROR yaml :7'],
])('%s is told with its line', (_what, from, to, told) => {
  const [severity = '', check = '', line = ''] = told.split(' ')
  expect(toldOf(change(from, to))).toContain(`${severity} ${check} ${here}${line}`)
})

test('what to write instead of Python is told, and the column', () => {
  expect(messageOf(change('language: javascript', 'language: python'))).toMatch(
    /write the transform as an ES module.*\(Column 14\.\)$/,
  )
  expect(messageOf(change('timeout_seconds', 'timeout_secs'))).toContain('Did you mean "timeout_seconds"?')
})

test.each([
  [
    'five lines of aliases',
    Array.from({ length: 5 }, (_, index) => `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`).join(
      '\n',
    ),
  ],
  ['10,000 brackets', '['.repeat(10_000)],
  ['8,000 dashes', '- '.repeat(8_000)],
  [
    'lines that go deeper and deeper',
    Array.from({ length: 170 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
  ],
  [
    'dashes within levels',
    Array.from({ length: 60 }, (_, index) => `${' '.repeat(index * 60)}${'- '.repeat(60)}a:`).join('\n'),
  ],
  ['ten thousand questions', 'a: - ? '.repeat(2_000)],
  ['17 KiB', `# ${'x'.repeat(17 * 1024)}`],
  ['nothing', ''],
  ['no mapping', '- a'],
  ['NaN', 'a: .nan'],
  ['nine levels', 'a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}'],
])('%s are refused by name', (_what, webhook) => {
  const told = toldOf(webhook)
  expect(told.length).toBeGreaterThan(0)
  expect(new Set(told.map((line) => line.split(':')[0]))).toEqual(new Set([`ERROR yaml ${here}`]))
})

test('a transform may stand in the file itself, and must parse and export transform', () => {
  const inline = (code: string): string =>
    change("entry: 'transforms/build.js#body'", `inline: ${JSON.stringify(code)}`)
  expect(toldOf(inline('export function transform(ctx, event) { return `${event.id}` }'))).toEqual([])
  expect(toldOf(inline('export function tranform() {}'))).toEqual([`ERROR transform ${here}:10`])
  expect(toldOf(inline('def transform(ctx): pass'))).toEqual([`ERROR transform ${here}:10`])
})

test('a transform that does not parse, or imports what is not there, is told in its own file', () => {
  const path = 'transforms/build.js'
  expect(toldOf(goodWebhook, { [path]: 'export function body( {' })).toEqual([
    `ERROR manifest.modules.parse ${path}:1`,
  ])
  expect(toldOf(goodWebhook, { [path]: "\nimport 'lodash'\nexport const body = 1" })).toEqual([
    `ERROR manifest.modules.imports ${path}:2`,
  ])
})

test('webhook files that are too much together are told, and what comes after is not read', () => {
  const long = goodWebhook.replace('name: notify', `name: notify #${'x'.repeat(15_000)}`)
  const names = Array.from({ length: 12 }, (_, index) => `webhooks/${index}.yaml`)
  const files = Object.fromEntries(names.map((name) => [name, long]))
  const entries = pluginFiles({ ...fullManifest, webhooks: names }, { ...fullFiles, ...files })
  const { findings } = checkManifest({ entries })
  expect(
    findings.filter(({ check }) => check === 'manifest.webhooks.yaml').map(({ message }) => message),
  ).toEqual(['The webhook files hold more than 128 KiB together. Ship fewer or shorter ones.'])
  expect(findings.filter(({ check }) => check === 'manifest.webhooks.unique')).toHaveLength(7)
})

test('secrets that only webhooks are given need no permission', () => {
  const secrets = [{ key: 'TOKEN' }]
  const told = (more: object[]) => {
    const permissions = fullManifest.permissions.filter((it) => !JSON.stringify(it).includes('secrets:read'))
    const manifest = { ...fullManifest, permissions, secrets: [...secrets, ...more] }
    return checkManifest({ entries: pluginFiles(manifest, fullFiles) })
      .findings.filter(({ check }) => check === 'manifest.permissions.complete')
      .map(({ message }) => message)
  }
  expect(told([])).toEqual([])
  expect(told([{ key: 'OTHER' }])).toEqual([expect.stringMatching(/"secrets".*"secrets:read"/)])
})
