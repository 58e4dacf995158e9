import type { ArchiveCheckName } from '../../../src/archive/archive-checks.ts'
import { buildMpk, type TarPart } from './hostile-tar.ts'
import { buildZip } from './hostile-zip.ts'
import type { Refusal } from './refusal.ts'

const text = (bytes: number[]): Buffer => Buffer.from(bytes)
const deep = (folders: number): string => `${'d/'.repeat(folders)}main.js`

/** Names of the entries of one archive; those that end with a slash are folders. */
const names: [
  rule: string,
  check: ArchiveCheckName,
  names: (string | Buffer)[],
  also?: ArchiveCheckName[],
][] = [
  ['an absolute path', 'archive.path.absolute', ['/etc/passwd']],
  [
    'a path of another computer',
    'archive.path.absolute',
    ['//server/share/a.js'],
    ['archive.path.empty-segment'],
  ],
  ['a path out of the folder', 'archive.path.traversal', ['../main.js']],
  ['a path out of the folder and in again', 'archive.path.traversal', ['lib/../../lib/main.js']],
  ['a path that is a folder itself', 'archive.path.traversal', ['lib/./main.js']],
  ['three dots, which old Windows follows', 'archive.path.traversal', ['.../main.js']],
  ['dots that are full-width', 'archive.path.traversal', ['\uff0e\uff0e/main.js']],
  ['dots with something between that is not shown', 'archive.path.traversal', ['.\ufe0f./main.js']],
  ['a slash that is full-width', 'archive.path.traversal', ['lib\uff0fmain.js']],
  ['a backslash', 'archive.path.backslash', ['lib\\main.js']],
  ['a way out by backslashes', 'archive.path.backslash', ['..\\..\\main.js'], ['archive.path.traversal']],
  ['a drive letter', 'archive.path.drive', ['C:/main.js']],
  ['a drive letter without a slash', 'archive.path.drive', ['c:main.js']],
  ['an alternate data stream', 'archive.path.drive', ['main.js:evil']],
  ['a control character', 'archive.path.control', ['main\u001b[2J.js']],
  ['a line break', 'archive.path.control', ['main.js\nok.js']],
  ['a mark that turns the direction of writing', 'archive.path.control', ['main\u202esj.js']],
  ['a character without width', 'archive.path.control', ['main\u200b.js']],
  ['a filler that is not shown', 'archive.path.control', ['main\u3164.js']],
  ['a byte order mark', 'archive.path.control', ['\ufeffmain.js']],
  ['a tag character', 'archive.path.control', ['main\u{e0041}.js']],
  ['bytes that are no UTF-8', 'archive.path.encoding', [text([0x61, 0xff])]],
  ['an overlong slash', 'archive.path.encoding', [text([0x2e, 0x2e, 0xc0, 0xaf, 0x61])]],
  ['half of a surrogate pair', 'archive.path.encoding', [text([0x61, 0xed, 0xa0, 0x80])]],
  ['a name in CP437', 'archive.path.encoding', [text([0x81, 0x62, 0x65, 0x72, 0x2e, 0x6a, 0x73])]],
  ['an empty folder in its path', 'archive.path.empty-segment', ['lib//main.js']],
  ['an empty name', 'archive.path.empty-segment', ['']],
  ['a device of Windows', 'archive.path.device-name', ['NUL']],
  ['a device of Windows with an ending', 'archive.path.device-name', ['lib/com1.js']],
  ['a device of Windows that is full-width', 'archive.path.device-name', ['\uff23\uff2f\uff2e']],
  ['a device of Windows as folder', 'archive.path.device-name', ['aux/main.js']],
  ['the same name twice', 'archive.duplicate-name', ['main.js', 'main.js']],
  ['the same folder twice', 'archive.duplicate-name', ['lib/', 'lib/', 'lib/a.js']],
  ['the same manifest twice', 'archive.duplicate-name', ['manifest.json', 'manifest.json']],
  ['names that differ only in case', 'archive.similar-name', ['main.js', 'Main.JS']],
  ['names that differ only in the case of other scripts', 'archive.similar-name', ['Ωmega.js', 'ωmega.js']],
  ['names that are one where ß is ss', 'archive.similar-name', ['straße.js', 'STRASSE.js']],
  ['names that differ only in Unicode form', 'archive.similar-name', ['caf\u00e9.js', 'cafe\u0301.js']],
  ['names that differ only in a ligature', 'archive.similar-name', ['ﬁle.js', 'file.js']],
  [
    'names that differ only in a selector that is not shown',
    'archive.similar-name',
    ['\u2764\ufe0f.png', '\u2764.png'],
  ],
  ['names that differ only in a trailing dot', 'archive.similar-name', ['main.js', 'main.js.']],
  ['names that differ only in a trailing space', 'archive.similar-name', ['main.js', 'main.js ']],
  ['folders that differ only in case', 'archive.similar-name', ['lib/a.js', 'Lib/b.js']],
  ['a folder and a path in it that differ in case', 'archive.similar-name', ['Lib/', 'lib/a.js']],
  ['a path and a folder around it that differ in case', 'archive.similar-name', ['lib/a.js', 'Lib/']],
  ['manifests that differ only in case', 'archive.similar-name', ['manifest.json', 'Manifest.json']],
  ['a file that is a folder as well', 'archive.path.conflict', ['lib', 'lib/a.js']],
  ['a folder that is a file as well', 'archive.path.conflict', ['lib/a.js', 'lib']],
  [
    'a folder that is a file in other case',
    'archive.path.conflict',
    ['LIB/a.js', 'lib'],
    ['archive.similar-name'],
  ],
  ['a path too long', 'archive.path.length', [`${'ä'.repeat(75)}/${'b'.repeat(95)}`]],
  ['a path too deep', 'archive.path.depth', [deep(16)]],
  ['native code', 'archive.native-code', ['build/addon.node']],
  ['WebAssembly, whatever its case', 'archive.native-code', ['x.WASM']],
  ['precompiled code behind a trailing dot', 'archive.native-code', ['x.jsc.']],
  [
    'a manifest at the root and one in a folder',
    'archive.manifest.single',
    ['manifest.json', 'a/manifest.json'],
  ],
  ['a manifest in each of two folders', 'archive.manifest.single', ['a/manifest.json', 'b/MANIFEST.json']],
]

/** Each of them in both formats. */
export const refusedNames: readonly Refusal[] = names.flatMap(([rule, check, paths, also]) => [
  {
    rule: `a ZIP with ${rule}`,
    check,
    bytes: buildZip(paths.map((name) => ({ name }))),
    ...(also ? { also } : {}),
  },
  { rule: `an MPK with ${rule}`, check, bytes: buildMpk(paths.map(tarPart)), ...(also ? { also } : {}) },
])

/** Long names are put into prefix and name, as ustar does. */
function tarPart(path: string | Buffer): TarPart {
  const isFolder = typeof path === 'string' && path.endsWith('/')
  if (typeof path !== 'string' || Buffer.byteLength(path) <= 100)
    return { name: path, type: isFolder ? '5' : '0' }
  const cut = path.indexOf('/')
  return { prefix: path.slice(0, cut), name: path.slice(cut + 1) }
}
