import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { scanFiles, scanMain } from './support/scan.ts'

const base64 = (bytes: number): string => randomBytes(bytes).toString('base64')

test.each([
  ['a direction override in a comment', `/* \u202e } \u2066 */ export {}`],
  ['an isolate in a text', `export const a = 'user\u2066'`],
  ['a name of a filler', `export const \u3164 = 1`],
  ['a payload of variation selectors', `export const a = 'x\ufe01\ufe05\ufe0e'`],
  ['a payload of tags', `export const a = '\u{e0068}\u{e0069}\u{e006a}'`],
  ['a joiner in a name', `export const isAdmin\u200d = true`],
  ['a joiner in the name of a member', `export const f = (o) => o.isAdmin\u200c`],
  ['zero-width characters in a row', `export const a = '\u200b\u200c\u200b\u200c'`],
])('hidden characters are found: %s', async (_what, source) => {
  expect(await scanMain(source)).toContain('ERROR scan.obfuscation.hidden-characters 1')
})

test('hidden characters are found in the manifest’s neighbours too, and not in ordinary writing', async () => {
  const findings = await scanFiles({ 'a.yaml': 'a: 1\nb: "\u202e"\n', 'README.md': '\u202b' })
  expect(findings.map(({ check, path, line }) => [check, path, line])).toEqual([
    ['scan.obfuscation.hidden-characters', 'a.yaml', 2],
  ])
  expect(await scanMain(`export const می\u200cخواهم = 1`)).toEqual([])
  const writing = `export const a = ['👩‍💻', '❤️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'می‌خواهم', 'שלום', '日本語', '한국어']`
  expect(await scanMain(`\ufeff${writing}`)).toEqual([])
})

test('plain letters as escapes in names are found, other letters are not', async () => {
  expect(await scanMain(String.raw`export const f = () => \u0065val`)).toContain(
    'ERROR scan.obfuscation.escaped-names 1',
  )
  expect(await scanMain(String.raw`export const f = (a) => a.\u{66}oo`)).toEqual([
    'ERROR scan.obfuscation.escaped-names 1',
  ])
  expect(await scanMain(String.raw`export const \u00e9t\u00e9 = '\u00e9'`)).toEqual([])
})

test('escapes of a name do not hide what it is', async () => {
  expect(await scanMain(String.raw`\u0065val('1')`)).toContain('ERROR scan.dynamic-code 1')
})

test('what obfuscators make is found', async () => {
  const names = `const _0x4f2a = 1, _0x5b1c = 2\nexport const _0x6d3e = _0x4f2a + _0x5b1c`
  expect(await scanMain(names)).toEqual(['ERROR scan.obfuscation.string-tables 2'])
  const table = Array.from({ length: 20 }, () => `'${base64(15)}'`).join()
  expect(await scanMain(`export const t = [${table}]`)).toEqual(['ERROR scan.obfuscation.string-tables 1'])
})

test('lists of words, codes and colours are none', async () => {
  const words = ['getUser', 'setUser', 'TypeError', 'RangeError', 'createdAt', 'updatedAt', 'fooBarBaz']
  const list = JSON.stringify([
    ...words,
    ...words.map((word) => `${word}Handler`),
    ...words.map((word) => `on${word}`),
  ])
  const colours = JSON.stringify(
    Array.from({ length: 30 }, (_, index) => `#${(index * 54_321).toString(16)}`),
  )
  expect(await scanMain(`export const a = ${list}\nexport const b = ${colours}`)).toEqual([])
})

test('encoded texts are warned of, by length and by chance', async () => {
  expect(await scanMain(`export const a = '${base64(600)}'`)).toEqual([
    'WARNING scan.obfuscation.encoded-strings 1',
  ])
  expect(await scanMain(`export const a = '${randomBytes(400).toString('hex')}'`)).toEqual([
    'WARNING scan.obfuscation.encoded-strings 1',
  ])
  const escaped = Array.from('console.log(1)', (letter) => String.raw`\x${letter.charCodeAt(0).toString(16)}`)
  expect(await scanMain(`export const a = '${escaped.join('')}'`)).toEqual([
    'WARNING scan.obfuscation.encoded-strings 1',
  ])
})

test('a picture, a long sentence and a table of control characters are no encoded texts', async () => {
  const sentence = 'Nobody reads this to its end. '.repeat(40)
  const controls = String.raw`export const c = '\x00\x01\x02\x1b\x7f\u00ad\u2028\u2029'`
  expect(
    await scanMain(
      `export const a = 'data:image/png;base64,${base64(900)}'\nexport const b = '${sentence}'\n${controls}`,
    ),
  ).toEqual([])
})

test('minified code and code far to the right are warned of', async () => {
  const line = Array.from({ length: 1200 }, (_, index) => `a${index}=1`).join()
  expect(await scanMain(`// a\nlet ${line}`)).toEqual(['WARNING scan.obfuscation.long-lines 2'])
  expect(await scanMain(`export {}${' '.repeat(300)};debugger`)).toEqual([
    'WARNING scan.obfuscation.long-lines 1',
  ])
})
