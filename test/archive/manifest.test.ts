import { expect, test } from 'vitest'
import { checkChanged as check, goodManifest, told } from './support/plugin-files.ts'

type Change = Record<string, unknown>

const without = (key: string): Change => ({ [key]: undefined })
const outbound = { permissions: ['http:outbound'] }

test('a good manifest has no findings, and every check is listed as passed', () => {
  const { manifest, findings, checks } = check({})
  expect(findings).toEqual([])
  expect(checks.every(({ passed }) => passed)).toBe(true)
  expect(checks.length).toBeGreaterThan(60)
  expect(manifest?.id).toBe('welcome-email')
})

test.each<[rule: string, change: Change, ...told: string[]]>([
  ...[
    'manifestVersion',
    'id',
    'name',
    'version',
    'description',
    'author',
    'type',
    'engines',
    'permissions',
  ].map((key): [string, Change, string] => [`no ${key}`, without(key), 'ERROR manifest.required']),
  ['manifest version 2', { manifestVersion: 2 }, 'ERROR manifest.manifestVersion'],
  ['an id in capitals', { id: 'Welcome' }, 'ERROR manifest.id'],
  ['an id of two characters', { id: 'ab' }, 'ERROR manifest.id'],
  ['an id of 65 characters', { id: 'a'.repeat(65) }, 'ERROR manifest.id'],
  ['an id that is a number', { id: 12 }, 'ERROR manifest.id'],
  ['two different ids', { slug: 'other-plugin' }, 'ERROR manifest.spelling'],
  ['a blank name', { name: ' \t' }, 'ERROR manifest.name'],
  ['a name that turns the line around', { name: 'abc\u202egpj' }, 'ERROR manifest.name'],
  ['a name of 101 characters', { name: 'x'.repeat(101) }, 'ERROR manifest.name'],
  ['a description that is no text', { description: ['a'] }, 'ERROR manifest.description'],
  ['an author without a name', { author: { email: 'a@example.com' } }, 'ERROR manifest.author'],
  ['no licence', without('license'), 'WARNING manifest.license.present'],
  ['an empty licence', { license: '' }, 'ERROR manifest.license'],
  ['a homepage that is a script', { homepage: 'javascript:alert(1)' }, 'ERROR manifest.homepage'],
  ['a version of two numbers', { version: '1.0' }, 'ERROR manifest.version.semver'],
  ['a version with a v', { version: 'v1.0.0' }, 'ERROR manifest.version.semver'],
  ['a version with a space', { version: '1.0.0 ' }, 'ERROR manifest.version.semver'],
  ['an unknown type', { type: 'theme' }, 'ERROR manifest.type'],
  ['an entry that is not there', { entry: 'Main.js' }, 'ERROR manifest.entry.exists'],
  ['an entry that is no module', { entry: 'manifest.json' }, 'ERROR manifest.entry.exists'],
  ['an entry that is an archive', { entry: 'nested.js' }, 'ERROR manifest.code.nested-archive'],
  [
    'handlers without code',
    { ...without('entry'), hooks: ['service_provision'] },
    'ERROR manifest.entry.required',
  ],
  ['engines of a wrong shape', { engines: '>=1' }, 'ERROR manifest.engines'],
  ['a host range that is none', { engines: { host: 'new', api: '^1' } }, 'ERROR manifest.engines.host'],
  ['an API range that is none', { engines: { host: '*', api: 'v' } }, 'ERROR manifest.engines.api'],
  ['a later API', { engines: { host: '*', api: '^2' } }, 'ERROR manifest.engines.api'],
  ['an unknown permission', { permissions: ['fly'] }, 'ERROR manifest.permissions.known'],
  ['a permission of Object', { permissions: ['toString'] }, 'ERROR manifest.permissions.known'],
  ['a mistyped resource', { permissions: ['storag:write'] }, 'WARNING manifest.permissions.known'],
  ['another spelling', { permissions: ['send_email'] }, 'INFO manifest.permissions.spelling'],
  [
    'a permission twice',
    { permissions: ['llm', 'llm:invoke'] },
    'INFO manifest.permissions.spelling',
    'WARNING manifest.permissions.unique',
  ],
  ['a HIGH risk without a reason', { permissions: ['users:write'] }, 'ERROR manifest.permissions.reason'],
  [
    'every host without a reason',
    { ...outbound, network: { allow: ['*'] } },
    'ERROR manifest.permissions.reason',
  ],
  ['calls without hosts', outbound, 'ERROR manifest.network.required'],
  [
    'hosts without the permission',
    { network: { allow: ['example.com'] } },
    'WARNING manifest.network.required',
  ],
  [
    'routes without the permission',
    { routes: [{ method: 'GET', path: '/' }] },
    'WARNING manifest.permissions.complete',
  ],
  [
    'a dependency on no range',
    { dependencies: { 'supplier-db': 'newest' } },
    'ERROR manifest.dependencies.range',
  ],
  [
    'a conflict with no range',
    { conflicts: { 'supplier-db': '1.x.y.z' } },
    'ERROR manifest.dependencies.range',
  ],
  ['a dependency of no slug', { dependencies: { 'Supplier DB': '^1' } }, 'ERROR manifest.dependencies'],
  ['a dependency on itself', { dependencies: { 'welcome-email': '^1' } }, 'ERROR manifest.dependencies.self'],
  [
    'a dependency that is optional',
    { dependencies: { abc: '^1' }, optionalDependencies: { abc: '^1' } },
    'ERROR manifest.dependencies.contradiction',
  ],
  [
    'a dependency that is refused',
    { dependencies: { abc: '^1.2' }, conflicts: { abc: '1 || 2' } },
    'ERROR manifest.conflicts.contradiction',
  ],
  ['an unknown key', { authr: 'Ada' }, 'WARNING manifest.unknown-keys'],
  [
    'an unknown key further down',
    { engines: { host: '*', api: '^1', hots: '*' } },
    'WARNING manifest.unknown-keys',
  ],
])('%s is told', (_rule, change, ...expected) => {
  const { manifest, findings } = check(change)
  expect(told(findings)).toEqual(expected)
  expect(manifest === null).toBe(expected.some((line) => line.startsWith('ERROR')))
})

test('a manifest that is wrong in five places gives five findings, each with its line', () => {
  const { findings } = check({
    id: 'X',
    version: '1',
    entry: 'no.js',
    jobs: [{ name: 'a', schedule: 'x' }],
    hooks: [1],
  })
  expect(findings.map(({ check, path, line }) => `${check} ${path}:${line}`)).toEqual([
    'manifest.id manifest.json:3',
    'manifest.hooks manifest.json:23',
    'manifest.version.semver manifest.json:5',
    'manifest.entry.exists manifest.json:10',
    'manifest.jobs.cron manifest.json:19',
  ])
})

test('a mistyped key or permission comes with the one that was meant', () => {
  const [key, permission] = check({ permisions: [], permissions: ['http:outbond'] }).findings.toReversed()
  expect(key?.message).toContain('Did you mean "permissions"?')
  expect(permission?.message).toContain('Did you mean "http:outbound"?')
})

test('a manifest is normalised: spellings resolved, lists filled in, what is left out null', () => {
  const { id: slug, ...rest } = goodManifest
  const { manifest, findings } = check({
    ...rest,
    ...without('id'),
    slug,
    entry: './main.js',
    author: { name: ' Ada ', email: 'ada@example.com' },
    permissions: [
      'db.read',
      { permission: 'files.write' },
      { permission: 'secrets:read', reason: 'Tokens.' },
    ],
    secrets: [{ key: 'TOKEN', hosts: ['API.example.com'] }],
    jobs: [{ name: 'a' }],
    $schema: 'https://example.com/manifest.schema.json',
  })
  expect(told(findings)).toEqual([
    'INFO manifest.spelling',
    'INFO manifest.permissions.spelling',
    'INFO manifest.permissions.spelling',
  ])
  expect(manifest).toEqual({
    manifestVersion: 1,
    id: 'welcome-email',
    name: 'Welcome e-mail',
    version: '1.0.0',
    description: 'Greets every new user.',
    author: { name: 'Ada', email: 'ada@example.com', url: null },
    license: 'MIT',
    homepage: null,
    keywords: [],
    type: 'integration',
    entry: 'main.js',
    engines: { host: '>=1.4 <3', api: '^1' },
    permissions: [
      { permission: 'db:read', reason: null },
      { permission: 'storage:write', reason: null },
      { permission: 'secrets:read', reason: 'Tokens.' },
    ],
    network: { allow: [], reason: null },
    dependencies: {},
    optionalDependencies: {},
    conflicts: {},
    hooks: [],
    events: [],
    filters: [],
    routes: [],
    jobs: [{ name: 'a', schedule: null, timeoutSeconds: null }],
    webhooks: [],
    settings: null,
    secrets: [{ key: 'TOKEN', required: false, hosts: ['api.example.com'] }],
    collections: {},
    migrations: [],
    contributes: {
      navigation: [],
      dashboardWidgets: [],
      views: [],
      modules: [],
      themes: [],
      permissions: [],
      hooks: [],
    },
    limits: { memoryMb: null, timeoutMs: null, jobTimeoutMs: null },
  })
})
