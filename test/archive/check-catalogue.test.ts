import { expect, test } from 'vitest'
import { checkCatalogue } from '../../src/archive/check-catalogue.ts'
import { checkManifest, type ManifestReport } from '../../src/archive/check-manifest.ts'
import { manifestKeys, requiredKeys } from '../../src/archive/manifest.ts'
import { fullFiles, fullManifest, goodWebhook, someHost } from './support/full-plugin.ts'
import { pluginFiles } from './support/plugin-files.ts'

type Change = Record<string, unknown>

function checkFull(change: Change | string, files: Record<string, string> = {}): ManifestReport {
  const manifest = typeof change === 'string' ? change : { ...fullManifest, ...change }
  return checkManifest({ entries: pluginFiles(manifest, { ...fullFiles, ...files }) }, { host: someHost })
}

const webhook = (from: string, to: string): [Change, Record<string, string>] => [
  {},
  { 'webhooks/notify.yaml': goodWebhook.replace(from, to) },
]
const settings = (properties: unknown): [Change] => [{ settings: { type: 'object', properties } }]
const contributes = (change: Change): [Change] => [
  { contributes: { ...fullManifest.contributes, ...change } },
]

/** For each check a plugin that does not pass it. */
const bad: Record<string, [Change | string, Record<string, string>?]> = {
  'manifest.size': ['x'.repeat(256 * 1024 + 1)],
  'manifest.json': ['{'],
  'manifest.depth': ['{"a":'.repeat(33) + '1' + '}'.repeat(33)],
  'manifest.values': [`{"a":[${'0,'.repeat(20_000)}0]}`],
  'manifest.duplicate-key': ['{"id": "abc", "id": "abc"}'],
  'manifest.forbidden-key': ['{"__proto__": 1}'],
  'manifest.characters': [{ name: 'a\0' }],
  'manifest.number': ['{"a": 1e999}'],
  'manifest.required': [{ id: undefined }],
  ...Object.fromEntries(manifestKeys.map((key) => [`manifest.${key}`, [{ [key]: 5 }]])),
  'manifest.version.semver': [{ version: '1' }],
  'manifest.spelling': [{ slug: 'another-id' }],
  'manifest.license.present': [{ license: undefined }],
  'manifest.license.spdx': [{ license: 'Apache 2' }],
  'manifest.engines.host': [{ engines: { host: 'new', api: '^1' } }],
  'manifest.engines.api': [{ engines: { host: '*', api: '^2' } }],
  'manifest.entry.required': [{ entry: undefined }],
  'manifest.entry.exists': [{ entry: 'other.js' }],
  'manifest.code.nested-archive': [{}, { 'main.js': 'PK\u0003\u0004' }],
  'manifest.modules.parse': [{}, { 'lib/help.js': 'let' }],
  'manifest.modules.imports': [{}, { 'lib/help.js': "import './none.js'" }],
  'manifest.handlers.unique': [{ hooks: ['service_provision', 'service_provision'] }],
  'manifest.migrations.exist': [{ migrations: [{ version: '1.1.0', entry: 'no.js' }] }],
  'manifest.migrations.order': [{ migrations: [{ version: '9.0.0', entry: 'migrations/1.1.0.js' }] }],
  'manifest.permissions.known': [{ permissions: ['fly'] }],
  'manifest.permissions.spelling': [{ permissions: ['llm'] }],
  'manifest.permissions.unique': [{ permissions: ['mail:send', 'mail:send'] }],
  'manifest.permissions.reason': [{ permissions: ['users:write'] }],
  'manifest.permissions.complete': [{ permissions: [] }],
  'manifest.permissions.resources': [{ permissions: ['machines:write'] }],
  'manifest.network.required': [{ network: { allow: [] } }],
  'manifest.network.hosts': [{ network: { allow: ['https://example.com'] } }],
  'manifest.network.private': [{ network: { allow: ['10.0.0.1'] } }],
  'manifest.dependencies.range': [{ dependencies: { 'supplier-db': 'newest' } }],
  'manifest.dependencies.self': [{ dependencies: { 'welcome-email': '*' } }],
  'manifest.dependencies.contradiction': [{ dependencies: { 'other-plugin': '*' } }],
  'manifest.conflicts.contradiction': [{ conflicts: { 'supplier-db': '>=2' } }],
  'manifest.hooks.known': [{ hooks: ['service_provison'] }],
  'manifest.events.known': [{ events: ['auth.usr.created'] }],
  'manifest.filters.known': [{ filters: ['llm.promt'] }],
  'manifest.routes.unique': [{ routes: [...fullManifest.routes, ...fullManifest.routes] }],
  'manifest.routes.parameters': [{ routes: [...fullManifest.routes, { method: 'GET', path: '/:a/:a' }] }],
  'manifest.routes.public': [
    { routes: [{ method: 'GET', path: '/risk', public: true, permission: 'a:read' }] },
  ],
  'manifest.contributes.unique': contributes({ permissions: ['welcome-email:read', 'welcome-email:read'] }),
  'manifest.contributes.hooks': contributes({ hooks: ['greet'] }),
  'manifest.contributes.sources': contributes({ views: [{ path: '/', title: 'Risk', source: '/rsk' }] }),
  'manifest.contributes.permissions': contributes({ permissions: ['packages:approve'] }),
  'manifest.contributes.themes': contributes({
    themes: [{ key: 'a', title: 'A', tokens: { a: 'url(//x)' } }],
  }),
  'manifest.contributes.extends': contributes({ modules: [{ key: 'a', title: 'A', extends: 'inventry' }] }),
  'manifest.jobs.unique': [{ jobs: [{ name: 'a' }, { name: 'a' }] }],
  'manifest.jobs.cron': [{ jobs: [{ name: 'a', schedule: 'daily' }] }],
  'manifest.secrets.unique': [{ secrets: [{ key: 'TOKEN' }, { key: 'TOKEN' }] }],
  'manifest.secrets.hosts': [{ secrets: [{ key: 'TOKEN', hosts: ['127.0.0.1'] }] }],
  'manifest.settings.schema': settings({ a: { type: 'text' } }),
  'manifest.settings.references': settings({ a: { $ref: 'https://example.com/a' } }),
  'manifest.settings.patterns': settings({ a: { pattern: '(?=a)' } }),
  'manifest.settings.defaults': settings({ a: { type: 'string', default: 1 } }),
  'manifest.settings.keywords': settings({ a: { minLenght: 1 } }),
  'manifest.settings.secrets': settings({ a: { type: 'string', format: 'password' } }),
  'manifest.collections.schema': [{ collections: { a: { schema: { type: 'array' } } } }],
  'manifest.collections.fields': [{ collections: { a: { schema: {}, unique: ['sku'] } } }],
  'manifest.webhooks.exist': [{ webhooks: ['webhooks/none.yaml'] }],
  'manifest.webhooks.yaml': webhook('name: notify', 'name: *name'),
  'manifest.webhooks.schema': webhook('api_version: v1', 'api_version: v2'),
  'manifest.webhooks.unknown-keys': webhook('when:', 'wen:'),
  'manifest.webhooks.unique': [
    { webhooks: ['webhooks/notify.yaml', 'webhooks/b.yaml'] },
    { 'webhooks/b.yaml': goodWebhook },
  ],
  'manifest.webhooks.url': webhook('https://api.example.com', 'http://10.0.0.1'),
  'manifest.webhooks.secrets': webhook('SECRET:TOKEN', 'SECRET:OTHER'),
  'manifest.webhooks.transform': webhook('#body', '#boddy'),
  'manifest.unknown-keys': [{ authr: 'Ada' }],
}

test('a plugin that has something of everything passes every check that there is, and each is listed', () => {
  const { findings, checks } = checkFull({})
  expect(findings).toEqual([])
  expect(Object.fromEntries(checks.map(({ check, category }) => [check, category]))).toEqual(checkCatalogue)
  expect(checks.every(({ passed }) => passed)).toBe(true)
})

test.each(
  Object.keys(checkCatalogue).filter((name) => !['manifest.present', 'manifest.encoding'].includes(name)),
)('%s is told, with a message that says what to do', (name) => {
  const [change, files] = bad[name] ?? [{}]
  const { findings, checks } = checkFull(change, files)
  const own = findings.filter(({ check }) => check === name)
  expect(own).not.toEqual([])
  expect(findings.filter(({ message }) => message.includes('could not be run'))).toEqual([])
  const errors = own.filter(({ severity }) => severity === 'ERROR')
  expect(checks.find(({ check }) => check === name)?.passed).toBe(errors.length === 0)
  for (const { message } of own) expect(message).toMatch(/^[^\n]{20,600}[.?)]$/)
})

test('all names are of checks that there are', () => {
  expect(Object.keys(bad).filter((name) => !Object.hasOwn(checkCatalogue, name))).toEqual([])
  expect(new Set(requiredKeys).isSubsetOf(new Set(manifestKeys))).toBe(true)
})

test('without a host nothing is said of what the host may know', () => {
  const entries = pluginFiles({ ...fullManifest, hooks: ['a'], events: ['b.c'] }, fullFiles)
  const offline = checkManifest({ entries })
  expect(offline.findings).toEqual([])
  expect(offline.checks.map(({ check }) => check)).not.toContain('manifest.hooks.known')
})
