import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkManifest } from '../../src/archive/check-manifest.ts'
import { readJson } from '../../src/archive/json/read-json.ts'
import { jsonPointer, scanJson } from '../../src/archive/json/scan-json.ts'
import { goodManifest } from './support/plugin-files.ts'

/** What the checks say of a manifest of these bytes, besides that keys are missing. */
function findingsOf(manifest: string | Uint8Array): string[] {
  const entries = new Map([['manifest.json', Buffer.from(manifest)]])
  return checkManifest({ entries }).findings.map(({ check, line }) => `${check}:${line ?? ''}`)
}

test.each([
  ['no manifest at all', null, 'manifest.present:'],
  ['more than 256 KiB', JSON.stringify({ description: 'x'.repeat(256 * 1024) }), 'manifest.size:'],
  ['ten megabytes', Buffer.alloc(10 * 1024 * 1024, ' '), 'manifest.size:'],
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'manifest.encoding:'],
  ['no JSON', `{\n  "id": "welcome-email",\n  "name": Welcome,\n  "version": "1.0.0"\n}`, 'manifest.json:3'],
  ['half of it', '{"id": "a"', 'manifest.json:1'],
  ['a comment', '{ // hello\n}', 'manifest.json:1'],
  ['an array', '[]', 'manifest.json:1'],
  ['NaN', '{"a": NaN}', 'manifest.json:'],
  ['nothing', '', 'manifest.json:'],
  ['a key twice', '{\n  "id": "a",\n  "name": "b",\n  "id": "c"\n}', 'manifest.duplicate-key:4'],
  ['a key twice further down', '{"engines": {"host": "1",\n"host": "2"}}', 'manifest.duplicate-key:2'],
  ['a key twice in other spellings', String.raw`{"id": "a", "\u0069d": "b"}`, 'manifest.duplicate-key:1'],
  ['the key __proto__', '{"__proto__": {}}', 'manifest.forbidden-key:1'],
  [
    'the key __proto__ in escapes',
    String.raw`{"settings": {"\u005f_proto__": {}}}`,
    'manifest.forbidden-key:1',
  ],
  ['the key constructor', '{"settings": [\n{"constructor": 1}]}', 'manifest.forbidden-key:2'],
  ['the key prototype', '{"a": {"prototype": 1}}', 'manifest.forbidden-key:1'],
  ['33 levels', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`, 'manifest.depth:1'],
  ['10,000 levels', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'manifest.depth:1'],
  ['100,000 levels of objects', `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`, 'manifest.depth:1'],
  ['a lone surrogate', String.raw`{"name": "\ud800"}`, 'manifest.characters:1'],
  ['a lone surrogate in a key', String.raw`{"\udc00": 1}`, 'manifest.characters:1'],
  ['U+0000', String.raw`{"name": "a\u0000b"}`, 'manifest.characters:1'],
  ['a number beyond all bounds', '{"limits": {"memoryMb":\n1e999}}', 'manifest.number:2'],
  ['minus nothing', '{"a":\n-0}', 'manifest.number:2'],
  ['a number below all bounds', '{"a": 1e-999}', 'manifest.number:1'],
  ['an integer that loses digits', '{"a": 12345678901234567890}', 'manifest.number:1'],
  ['a number with a zero before', '{"a": 01}', 'manifest.json:1'],
  ['100,000 items', `{"a": [${'0,'.repeat(99_999)}0]}`, 'manifest.values:1'],
])('a manifest is refused for %s', (_what, manifest, expected) => {
  const found = manifest === null ? checkManifest({ entries: new Map() }).findings : null
  expect(found?.map(({ check }) => `${check}:`) ?? findingsOf(manifest ?? '')).toEqual([expected])
})

test('32 levels are fine, and so are surrogate pairs and a byte order mark', () => {
  const limits = { maxBytes: 10_000, maxDepth: 32, maxValues: 100 }
  expect(readJson(Buffer.from(`{"a":${'['.repeat(31)}${']'.repeat(31)}}`), limits).problems).toEqual([])
  expect(readJson(Buffer.from(String.raw`{"a": "\ud83d\ude00 😀"}`), limits).problems).toEqual([])
  expect(readJson(Buffer.from('\ufeff{"a": 1}'), limits).value).toEqual({ a: 1 })
})

test('thirty thousand keys take no longer than their number', () => {
  const keys = Array.from({ length: 30_000 }, (_, index) => `"k${index}":1`)
  expect(scanJson(`{${keys.join(',')}}`, 32).problems).toEqual([])
})

test('for any JSON the scan knows the line of every value, and complains of nothing that is sound', () => {
  const keys = fc
    .string()
    .filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key) && !key.includes('\0'))
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false, 0, -1.5, 1e21, '', 'a "quoted" \\ text', '{[,]}:', 'two\nlines'),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(value, (json) => {
      const text = JSON.stringify({ json }, null, 1)
      const { lines, problems } = scanJson(text, 32)
      expect(problems).toEqual([])
      for (const path of pathsOf({ json })) expect(lines.has(jsonPointer(path)), path.join(' ')).toBe(true)
      expect(Math.max(...lines.values())).toBeLessThanOrEqual(text.split('\n').length)
    }),
  )
})

test('a manifest of any bytes and any JSON is checked without a throw', () => {
  const json = fc.oneof(fc.json(), fc.string(), fc.uint8Array())
  fc.assert(
    fc.property(json, (bytes) => {
      const entries = new Map([['manifest.json', Buffer.from(bytes as string)]])
      const { manifest, findings } = checkManifest({ entries })
      expect(manifest).toBeNull()
      expect(findings.some(({ severity }) => severity === 'ERROR')).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('a good manifest with any value in the place of one of its own is checked without a throw', () => {
  const keys = [
    ...Object.keys(goodManifest),
    'routes',
    'jobs',
    'secrets',
    'contributes',
    'network',
    'settings',
    'limits',
  ]
  const change = fc.tuple(fc.constantFrom(...keys), fc.jsonValue())
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
      const text = JSON.stringify({ ...goodManifest, ...Object.fromEntries(changes) })
      const { findings } = checkManifest({ entries: new Map([['manifest.json', Buffer.from(text)]]) })
      expect(findings.filter(({ message }) => message.includes('could not be run'))).toEqual([])
    }),
    { numRuns: 300 },
  )
})

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))]
}
