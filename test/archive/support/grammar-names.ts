import * as fc from 'fast-check'

const segment = fc
  .stringMatching(/^[a-zäößλ東0-9_-][a-zäλ東0-9_ -]{0,10}[a-z0-9_-](?:\.[a-z]{1,3})?$/)
  .filter((name) => !/^(?:con|prn|aux|nul|com\d|lpt\d) *(?:\.|$)/.test(name) && !/\.(?:jsc)$/.test(name))

/** Paths in which all is well, each below a folder of its own number, so that no two are the same. */
export const goodPath = fc
  .array(segment, { minLength: 1, maxLength: 5 })
  .map((segments) => segments.join('/'))
  .filter((path) => path === path.normalize('NFKC'))

/** What names are made of that attack somebody. */
const hostile = fc.constantFrom(
  '..',
  '.',
  '/',
  '\\',
  ':',
  'C:',
  '\0',
  '\n',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\uff0f',
  '\uff0e\uff0e',
  'NUL',
  'con.js',
  ' ',
  'x.node',
  'manifest.json',
  'Manifest.JSON',
  '__MACOSX',
  '__proto__',
  'é',
  'e\u0301',
  'ß',
  'SS',
  '\u{1f600}',
  'a'.repeat(90),
)

/** Paths of such parts, or of any characters at all. */
export const anyPath = fc.oneof(
  fc.array(fc.oneof(hostile, segment, fc.constant('/')), { maxLength: 6 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
  goodPath,
)
