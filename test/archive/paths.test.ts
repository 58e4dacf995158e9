import { expect, test } from 'vitest'
import { defaultArchiveLimits } from '../../src/archive/limits.ts'
import { checkPath, pathKey } from '../../src/archive/paths.ts'

const refusals: [path: string, check: string][] = [
  ['../main.js', 'archive.path.traversal'],
  ['lib/../main.js', 'archive.path.traversal'],
  ['lib/..', 'archive.path.traversal'],
  ['./main.js', 'archive.path.traversal'],
  ['lib/.../main.js', 'archive.path.traversal'],
  ['lib/.. /main.js', 'archive.path.traversal'],
  ['lib/ /main.js', 'archive.path.traversal'],
  ['\u2025/main.js', 'archive.path.traversal'],
  ['\uff0e\uff0e/main.js', 'archive.path.traversal'],
  ['a\u2100b/main.js', 'archive.path.traversal'],
  ['/etc/passwd', 'archive.path.absolute'],
  ['//server/share', 'archive.path.absolute'],
  ['\uff0fetc/passwd', 'archive.path.absolute'],
  ['lib\\main.js', 'archive.path.backslash'],
  ['lib\uff3cmain.js', 'archive.path.backslash'],
  ['C:/main.js', 'archive.path.drive'],
  ['c:main.js', 'archive.path.drive'],
  ['main.js:hidden', 'archive.path.drive'],
  ['main\0.js', 'archive.path.control'],
  ['main\n.js', 'archive.path.control'],
  ['main\u202esj.js', 'archive.path.control'],
  ['main\u200b.js', 'archive.path.control'],
  ['\ufeffmain.js', 'archive.path.control'],
  ['lib//main.js', 'archive.path.empty-segment'],
  ['lib/', 'archive.path.empty-segment'],
  ['', 'archive.path.empty-segment'],
  ['NUL', 'archive.path.device-name'],
  ['lib/con.js', 'archive.path.device-name'],
  ['lib/aux .txt', 'archive.path.device-name'],
  ['com1.tar.gz', 'archive.path.device-name'],
  ['COM\u00b9', 'archive.path.device-name'],
  ['lpt9', 'archive.path.device-name'],
  ['conin$', 'archive.path.device-name'],
  ['prn. ', 'archive.path.device-name'],
  ['a'.repeat(241), 'archive.path.length'],
  ['ä'.repeat(121), 'archive.path.length'],
  [Array.from({ length: 17 }, () => 'a').join('/'), 'archive.path.depth'],
]

test.each(refusals)('%j is refused as %s', (path, check) => {
  expect(checkPath(path, defaultArchiveLimits).map((problem) => problem.check)).toContain(check)
})

const accepted = [
  'main.js',
  'lib/a/b.mjs',
  'a..b/..c/d...e',
  '.hidden/file',
  'lib/with space.js',
  'köln/東京.js',
  'console/control.js',
  'com10.js',
  'nullable.js',
  'a'.repeat(240),
  Array.from({ length: 16 }, () => 'a').join('/'),
  '__proto__',
]

test.each(accepted)('%j is a good path', (path) => {
  expect(checkPath(path, defaultArchiveLimits)).toEqual([])
})

test.each([
  ['Main.JS', 'main.js'],
  ['straße.js', 'STRASSE.js'],
  ['ﬁle.js', 'file.js'],
  ['caf\u00e9', 'cafe\u0301'],
  ['Σ/ς', 'σ/σ'],
  ['lib./a.js. ', 'lib/a.js'],
  ['K.js', 'k.js'],
  ['ſ', 's'],
])('%j and %j are the same file somewhere', (one, other) => {
  expect(pathKey(one)).toBe(pathKey(other))
})

test('a message is safe to print, whatever the path', () => {
  const [problem] = checkPath(`\u001b[31m\u202e${'x'.repeat(5000)}`, defaultArchiveLimits)
  expect(problem?.message).toMatch(/^[\x20-\x7e…]+$/)
  expect(problem?.message.length).toBeLessThan(250)
})
