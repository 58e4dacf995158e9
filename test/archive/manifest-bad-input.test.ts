import { expect, test } from 'vitest'
import { type CheckedPackage, checkPackage } from '../../src/archive/check-package.ts'
import { defaultArchiveLimits } from '../../src/archive/limits.ts'
import { goodManifest, pluginZip } from './support/plugin-files.ts'

/** The check of a package which may be as repetitive as it likes, so that its content is looked at. */
async function checkStored(zip: Uint8Array): Promise<CheckedPackage> {
  return await checkPackage(zip, { ...defaultArchiveLimits, ratio: 1e6 })
}

const settings = (schema: Record<string, unknown>): unknown => ({
  ...goodManifest,
  settings: { type: 'object', ...schema },
})
const doubling = Object.fromEntries(
  Array.from({ length: 40 }, (_, index) => {
    const next = { $ref: `#/$defs/d${index + 1}` }
    return [`d${index}`, { allOf: [next, next] }]
  }),
)
const raw = (json: string): string => JSON.stringify(goodManifest).replace(/\}$/, `,${json}}`)

test.each<[what: string, manifest: unknown, check: string]>([
  ['10 MB', ' '.repeat(10_000_000), 'manifest.size'],
  ['__proto__ at the root', raw('"__proto__": {"id": "other"}'), 'manifest.forbidden-key'],
  ['__proto__ in settings', raw('"settings": {"type": "object", "__proto__": {}}'), 'manifest.forbidden-key'],
  ['constructor deep down', raw('"a": [[{"constructor": {"prototype": 1}}]]'), 'manifest.forbidden-key'],
  ['a key twice', raw('"id": "other-plugin"'), 'manifest.duplicate-key'],
  ['10,000 levels', raw(`"a": ${'['.repeat(10_000)}${']'.repeat(10_000)}`), 'manifest.depth'],
  ['half a surrogate pair', raw(String.raw`"homepage": "https://a/\ud800"`), 'manifest.characters'],
  ['1e999', raw('"limits": {"memoryMb": 1e999}'), 'manifest.number'],
  ['-0', raw('"limits": {"memoryMb": -0}'), 'manifest.number'],
  ['01', raw('"limits": {"memoryMb": 01}'), 'manifest.json'],
  ['NaN', raw('"limits": {"memoryMb": NaN}'), 'manifest.json'],
  ['100,000 items', raw(`"hooks": [${'"a",'.repeat(50_000)}"a"]`), 'manifest.values'],
  ['20,000 items of a default', settings({ default: { a: Array(20_000).fill(0) } }), 'manifest.values'],
  [
    'a pattern that backtracks for ever',
    settings({ properties: { a: { pattern: '^(a+)+$', default: `${'a'.repeat(50_000)}b` } } }),
    'manifest.settings.defaults',
  ],
  [
    'a pattern of 100,000 characters',
    settings({ properties: { a: { pattern: 'a?'.repeat(50_000) } } }),
    'manifest.settings.patterns',
  ],
  [
    'a pattern that multiplies',
    settings({ properties: { a: { pattern: '((a{100}){100}){100}' } } }),
    'manifest.settings.patterns',
  ],
  [
    'a pattern of 50,000 brackets',
    settings({ properties: { a: { pattern: '('.repeat(50_000) } } }),
    'manifest.settings.patterns',
  ],
  [
    'references that double forty times',
    settings({ $ref: '#/$defs/d0', $defs: { ...doubling, d40: {} } }),
    'manifest.settings.defaults',
  ],
  ['a schema that is itself', settings({ allOf: [{ $ref: '#' }] }), 'manifest.settings.defaults'],
  [
    '5,000 properties',
    settings({
      properties: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`p${index}`, {}])),
    }),
    'manifest.settings.schema',
  ],
  [
    '4,000 keywords that there are not',
    settings({
      allOf: {},
      ...Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`keyword-of-ones-own-${index}`, 1])),
    }),
    'manifest.settings.schema',
  ],
  [
    'a schema from elsewhere',
    settings({ properties: { a: { $ref: 'http://169.254.169.254/a' } } }),
    'manifest.settings.references',
  ],
  [
    'a condition of all versions',
    {
      ...goodManifest,
      dependencies: { abc: '>=0 '.repeat(49) },
      conflicts: { abc: Array(49).fill('*').join('||') },
    },
    'manifest.conflicts.contradiction',
  ],
])('a manifest with %s is refused by its name', async (_what, manifest, check) => {
  const { report, manifest: read } = await checkStored(pluginZip(manifest))
  expect(read).toBeNull()
  expect(
    report.findings.filter(({ severity }) => severity === 'ERROR').map((finding) => finding.check),
  ).toContain(check)
  expect(report.findings.filter(({ message }) => message.includes('could not be run'))).toEqual([])
})

test.each<[what: string, code: string]>([
  ['100,000 brackets', '('.repeat(100_000)],
  ['100,000 brackets that close', `${'('.repeat(100_000)}1${')'.repeat(100_000)}`],
  ['a text without an end', 'export const a = "abc\n'],
  ['a template without an end', 'export const a = `${'],
  ['a comment without an end', '/*'],
  ['a regular expression of 50,000 groups', `export const a = /${'('.repeat(50_000)}${')'.repeat(50_000)}/`],
  ['one line of 1 MiB and more', `export const a = "${'x'.repeat(1024 * 1024)}"`],
  ['no UTF-8', '\ud800'.repeat(3)],
  ['a NUL', 'export const\0a = 1'],
  ['CommonJS with "with"', 'with (exports) { a = 1 }'],
])('code with %s is refused by its name, and harms nobody', async (_what, code) => {
  const { report } = await checkStored(pluginZip(goodManifest, { 'main.js': code }))
  const own = report.findings.filter(({ check }) => check === 'manifest.modules.parse')
  // U+D800 is written as U+FFFD, which is no token either.
  expect(own.map(({ severity, path }) => `${severity} ${path}`)).toEqual(['ERROR main.js'])
  expect(report.findings).toEqual(own)
})

test.each<[what: string, code: string]>([
  ['one line of nearly 1 MiB', `export default 0;${'a;'.repeat(500_000)}`],
  ['30,000 names', Array.from({ length: 30_000 }, (_, index) => `export let a${index}`).join(';')],
  ['30,000 imports of itself', "import './main.js'\n".repeat(30_000)],
])('code with %s is read', async (_what, code) => {
  const { report } = await checkStored(pluginZip(goodManifest, { 'main.js': code }))
  expect(report.findings).toEqual([])
})

test('a byte order mark is passed over, and an empty manifest is no JSON', async () => {
  expect((await checkStored(pluginZip(`\ufeff${JSON.stringify(goodManifest)}`))).report.findings).toEqual([])
  const { report } = await checkStored(pluginZip(''))
  expect(report.findings.map(({ check }) => check)).toEqual(['manifest.json'])
})
