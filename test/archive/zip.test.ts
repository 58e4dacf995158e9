import { crc32, deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ArchiveCheckName } from '../../src/archive/archive-checks.ts'
import { readArchive } from '../../src/archive/read-archive.ts'
import { buildZip, extraField, type ZipLies, type ZipPart } from './support/hostile-zip.ts'

const DATA = Buffer.from('export default {}\n')
const file = (part: Partial<ZipPart> = {}): ZipPart => ({ name: 'main.js', data: DATA, ...part })
const deflated = (part: Partial<ZipPart> = {}): ZipPart => file({ method: 8, ...part })
const unix = (mode: number): number => mode * 2 ** 16
const junk = Buffer.from('who am I?')

const refusals: [rule: string, check: ArchiveCheckName, parts: ZipPart[], lies?: ZipLies][] = [
  ['bytes between two entries', 'archive.hidden-data', [file(), file({ name: 'b.js', before: junk })]],
  ['bytes between the entries and the directory', 'archive.hidden-data', [file()], { beforeDirectory: junk }],
  [
    'bytes between the directory and the end record',
    'archive.hidden-data',
    [file()],
    { afterDirectory: junk },
  ],
  [
    'bytes counted to the directory that are no entry',
    'archive.hidden-data',
    [file()],
    { directoryOffset: 0, directoryBytes: 0, entries: 0 },
  ],
  [
    'bytes behind the deflate stream of an entry',
    'archive.hidden-data',
    [deflated({ packed: Buffer.concat([deflateRawSync(DATA), junk]) })],
  ],
  ['bytes after the end record', 'archive.trailing-data', [file()], { afterEnd: junk }],
  ['another ZIP after the end record', 'archive.hidden-data', [file()], { afterEnd: buildZip([file()]) }],
  ['another ZIP as comment', 'archive.hidden-data', [file()], { comment: buildZip([file()]) }],
  [
    'a comment of control characters',
    'archive.zip.comment',
    [file()],
    { comment: Buffer.from([0x1b, 0x5b]) },
  ],
  ['a long comment', 'archive.zip.comment', [file()], { comment: Buffer.alloc(257, 'a') }],
  ['a comment on an entry', 'archive.zip.comment', [file({ central: { comment: junk } })]],
  ['bytes before the first entry', 'archive.leading-data', [file({ name: 'b.js', central: { offset: 1 } })]],
  [
    'two entries in the same bytes',
    'archive.overlap',
    [file(), file({ name: 'b.js', central: { offset: 0 } })],
  ],
  [
    'an entry that reaches into the directory',
    'archive.overlap',
    [
      file({
        central: { packedBytes: 4000, unpackedBytes: 4000 },
        local: { packedBytes: 4000, unpackedBytes: 4000 },
      }),
    ],
  ],
  ['another number of entries than there are', 'archive.zip.central-directory', [file()], { entries: 2 }],
  ['two numbers of entries', 'archive.zip.end-record', [file()], { entriesHere: 5 }],
  ['a directory past its end', 'archive.zip.end-record', [file()], { directoryBytes: 5000 }],
  ['no entries', 'archive.empty', []],
  ['a part of several disks', 'archive.zip.multi-disk', [file()], { disk: 1 }],
  ['an entry on another disk', 'archive.zip.multi-disk', [file({ central: { disk: 1 } })]],
  ['a ZIP64 end record', 'archive.zip.zip64', [file()], { directoryOffset: 0xffffffff }],
  ['a ZIP64 size', 'archive.zip.zip64', [file({ central: { unpackedBytes: 0xffffffff } })]],
  ['a ZIP64 extra field', 'archive.zip.zip64', [file({ local: { extra: extraField(1, Buffer.alloc(16)) } })]],
  ['a broken extra field', 'archive.zip.extra-field', [file({ central: { extra: Buffer.from([9, 9, 9]) } })]],
  [
    'a second name in an extra field',
    'archive.zip.extra-field',
    [file({ central: { extra: extraField(0x7075, Buffer.from('\u00011234other.js')) } })],
  ],
  ['another name in the local header', 'archive.headers', [file({ local: { name: 'niam.js' } })]],
  ['another size in the local header', 'archive.headers', [file({ local: { unpackedBytes: 1 } })]],
  ['another packed size in the local header', 'archive.headers', [file({ local: { packedBytes: 1 } })]],
  ['another method in the local header', 'archive.headers', [file({ local: { method: 8 } })]],
  ['another CRC in the local header', 'archive.headers', [file({ local: { crc: 1 } })]],
  ['other flags in the local header', 'archive.headers', [file({ local: { flags: 1 << 11 } })]],
  [
    'two sizes of a stored entry',
    'archive.headers',
    [file({ local: { unpackedBytes: 1 }, central: { unpackedBytes: 1 } })],
  ],
  [
    'an announced descriptor that is not there',
    'archive.zip.descriptor',
    [file({ flags: 8, descriptor: junk })],
  ],
  ['a descriptor that disagrees', 'archive.zip.descriptor', [file({ descriptor: Buffer.alloc(12, 1) })]],
  ['an encrypted entry', 'archive.encrypted', [file({ flags: 1 })]],
  [
    'an AES-encrypted entry',
    'archive.encrypted',
    [file({ central: { extra: extraField(0x9901, Buffer.alloc(7)) } })],
  ],
  ['unusual flags', 'archive.zip.flags', [file({ flags: 1 << 5 })]],
  ['an unsupported method', 'archive.method', [file({ method: 12 })]],
  ['a symbolic link', 'archive.type.symlink', [file({ central: { attributes: unix(0o120777) } })]],
  ['a Windows reparse point', 'archive.type.symlink', [file({ central: { attributes: 0x400 } })]],
  ['a device', 'archive.type.device', [file({ central: { attributes: unix(0o020666) } })]],
  ['a FIFO', 'archive.type.fifo', [file({ central: { attributes: unix(0o010666) } })]],
  ['a socket', 'archive.type.other', [file({ central: { attributes: unix(0o140666) } })]],
  ['a set-uid bit', 'archive.mode.setuid', [file({ central: { attributes: unix(0o104755) } })]],
  ['a folder with contents', 'archive.type.folder-with-body', [file({ name: 'lib/' })]],
  ['a name that is no UTF-8', 'archive.path.encoding', [file({ name: Buffer.from([0x61, 0xff]) })]],
  ['the same name twice', 'archive.duplicate-name', [file(), file()]],
  ['names that differ only in case', 'archive.duplicate-name', [file(), file({ name: 'Main.JS' })]],
  [
    'names that differ only in Unicode form',
    'archive.duplicate-name',
    [file({ name: 'caf\u00e9.js' }), file({ name: 'cafe\u0301.js' })],
  ],
  [
    'names that differ only in a trailing dot',
    'archive.duplicate-name',
    [file(), file({ name: 'main.js.' })],
  ],
  [
    'folders that differ only in case',
    'archive.duplicate-name',
    [file({ name: 'lib/a.js' }), file({ name: 'Lib/b.js' })],
  ],
  [
    'a file that is a folder as well',
    'archive.path.conflict',
    [file({ name: 'lib' }), file({ name: 'lib/a.js' })],
  ],
  [
    'a folder that is a file as well',
    'archive.path.conflict',
    [file({ name: 'lib/a.js' }), file({ name: 'lib' })],
  ],
  ['native code', 'archive.native-code', [file({ name: 'build/x.node' })]],
  ['WebAssembly, whatever its case', 'archive.native-code', [file({ name: 'x.WASM' })]],
  [
    'two manifests',
    'archive.manifest.single',
    [file({ name: 'manifest.json' }), file({ name: 'a/manifest.json' })],
  ],
  ['a wrong CRC', 'archive.crc', [file({ local: { crc: 1 }, central: { crc: 1 } })]],
  [
    'a deflated entry of more bytes than declared',
    'archive.size.declared',
    [deflated({ local: { unpackedBytes: 3 }, central: { unpackedBytes: 3 } })],
  ],
  [
    'a deflated entry of fewer bytes than declared',
    'archive.size.declared',
    [deflated({ local: { unpackedBytes: 99 }, central: { unpackedBytes: 99 } })],
  ],
  ['a damaged deflate stream', 'archive.deflate', [deflated({ packed: Buffer.from([7, 7, 7, 7]) })]],
  [
    'a deflate stream that is cut off',
    'archive.deflate',
    [deflated({ packed: deflateRawSync(DATA).subarray(0, -3) })],
  ],
]

test.each(refusals)('a ZIP is refused for %s', async (_rule, check, parts, lies) => {
  const { archive, findings, checks } = await readArchive(buildZip(parts, lies))
  expect(findings.map((finding) => finding.check)).toContain(check)
  expect(checks).toContainEqual({ check, category: 'ARCHIVE', passed: false })
  expect(archive).toBeNull()
})

test('what is refused for one reason is not refused for another', async () => {
  const single = refusals.filter(([, check]) => !['archive.headers', 'archive.zip.zip64'].includes(check))
  for (const [rule, check, parts, lies] of single) {
    const { findings } = await readArchive(buildZip(parts, lies))
    expect(new Set(findings.map((finding) => finding.check)), rule).toEqual(new Set([check]))
  }
})

const accepted: [rule: string, part: Partial<ZipPart>, lies?: ZipLies][] = [
  ['a stored file', {}],
  ['a deflated file', { method: 8 }],
  ['a descriptor with signature', { method: 8, descriptor: 'signed' }],
  ['a descriptor without signature', { method: 8, descriptor: 'plain' }],
  [
    'a descriptor though the local header tells it all',
    {
      descriptor: 'signed',
      local: { crc: crc32(DATA), packedBytes: DATA.length, unpackedBytes: DATA.length },
    },
  ],
  ['the rights of Unix', { central: { attributes: unix(0o100755) } }],
  [
    'times in an extra field',
    {
      local: { extra: extraField(0x5455, Buffer.alloc(9)) },
      central: { extra: extraField(0x5455, Buffer.alloc(5)) },
    },
  ],
  ["a commit's digits as comment", {}, { comment: Buffer.alloc(40, 'a') }],
]

test.each(accepted)('a ZIP may have %s', async (_rule, part, lies) => {
  const { archive, findings } = await readArchive(buildZip([file(part)], lies))
  expect(findings).toEqual([])
  expect(archive?.entries.get('main.js')).toEqual(DATA)
})

test('folders may come as entries, also with an empty deflate stream', async () => {
  const folders = [
    file({ name: 'lib/', data: Buffer.alloc(0) }),
    deflated({ name: 'src/', data: Buffer.alloc(0) }),
  ]
  const { archive, findings } = await readArchive(buildZip([...folders, file({ name: 'lib/a.js' })]))
  expect(findings).toEqual([])
  expect([...(archive?.entries.keys() ?? [])]).toEqual(['a.js'])
})
