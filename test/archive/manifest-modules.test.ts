import { expect, test } from 'vitest'
import { checkManifest } from '../../src/archive/check-manifest.ts'
import { goodManifest, pluginFiles } from './support/plugin-files.ts'

/** `check path:line` of what is said of a plugin with these files. */
function toldOf(files: Record<string, string>, change: Record<string, unknown> = {}): string[] {
  const { findings } = checkManifest({ entries: pluginFiles({ ...goodManifest, ...change }, files) })
  return findings.map(({ check, path, line }) => `${check} ${path}:${line ?? ''}`)
}

test.each<[what: string, files: Record<string, string>]>([
  ['modules that import each other', { 'main.js': "import './a.js'", 'a.js': "export * from './main.js'" }],
  [
    'the module patchbay',
    { 'main.js': "import { definePlugin } from 'patchbay'\nexport default definePlugin({})" },
  ],
  ['ways up and down', { 'main.js': "import './lib/./x/../a.mjs'", 'lib/a.mjs': "import '../main.js'" }],
  ['data', { 'main.js': "import a from './a.json' with { type: 'json' }", 'a.json': '[1]' }],
  ['modules that nobody imports, whatever they hold', { 'test/a.js': "require('fs')(" }],
])('%s are fine', (_what, files) => {
  expect(toldOf(files)).toEqual([])
})

test.each<[what: string, files: Record<string, string>, ...told: string[]]>([
  ['an entry that does not parse', { 'main.js': '\n\nconst a =' }, 'parse main.js:3'],
  [
    'a module further on that does not',
    { 'main.js': "import './a.js'", 'a.js': '\nimport {' },
    'parse a.js:2',
  ],
  ['an import of what is not there', { 'main.js': "\nimport './b.js'" }, 'imports main.js:2'],
  ['one in another case', { 'main.js': "export * from './A.js'", 'a.js': '' }, 'imports main.js:1'],
  ['a package', { 'main.js': "import _ from 'lodash'" }, 'imports main.js:1'],
  ['a module of Node', { 'main.js': "import fs from 'node:fs'" }, 'imports main.js:1'],
  ['an address', { 'main.js': "import 'https://example.com/a.js'" }, 'imports main.js:1'],
  ['an absolute path', { 'main.js': "import '/main.js'" }, 'imports main.js:1'],
  ['a way out of the archive', { 'main.js': "import '../main.js'" }, 'imports main.js:1'],
  ['a folder', { 'main.js': "import './lib'", 'lib/index.js': '' }, 'imports main.js:1'],
  ['data that is none', { 'main.js': "import './a.json'", 'a.json': '{' }, 'parse a.json:'],
  [
    'several at once',
    { 'main.js': "import 'a'\nimport 'b'\nimport './c.js'\n", 'c.js': 'c c' },
    'parse c.js:1',
    'imports main.js:1',
    'imports main.js:2',
  ],
])('%s is told in its file', (_what, files, ...told) => {
  expect(toldOf(files)).toEqual(told.map((line) => `manifest.modules.${line}`))
})

test('migrations are modules too', () => {
  const change = { migrations: [{ version: '1.0.0', entry: 'migrations/a.js' }] }
  expect(toldOf({ 'migrations/a.js': 'export function up() {' }, change)).toEqual([
    'manifest.modules.parse migrations/a.js:1',
  ])
})

test('more than 8 MiB of code are refused, and what comes after is not read', () => {
  const part = `/*${'x'.repeat(1024 * 1024 - 100)}*/`
  const names = Array.from({ length: 10 }, (_, index) => `a${index}.js`)
  const files = Object.fromEntries(names.map((name, index) => [name, `import './a${index + 1}.js'\n${part}`]))
  expect(toldOf({ 'main.js': "import './a0.js'", ...files })).toEqual([
    'manifest.modules.parse manifest.json:',
  ])
})

test('a migration that exports no `up` is warned of', () => {
  const migrations = [{ version: '1.0.0', entry: 'm.js' }]
  const told = (source: string) => {
    const entries = pluginFiles({ ...goodManifest, migrations }, { 'm.js': source })
    return checkManifest({ entries }).findings.map(({ check, message }) => `${check} ${message}`)
  }
  expect(told('export async function up() {}')).toEqual([])
  expect(told('export async function upp() {}')).toEqual([
    'manifest.migrations.exist The module exports no "up". Write "export function up(ctx) { … }" there. Did you mean "upp"?',
  ])
})
