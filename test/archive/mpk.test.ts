import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ArchiveCheckName } from '../../src/archive/archive-checks.ts'
import { defaultArchiveLimits } from '../../src/archive/limits.ts'
import { readArchive } from '../../src/archive/read-archive.ts'
import { buildMpk, buildTar, paxBlock, type TarPart } from './support/hostile-tar.ts'

const DATA = Buffer.from('export default {}\n')
const file = (part: Partial<TarPart> = {}): TarPart => ({ name: 'main.js', data: DATA, ...part })
const empty = Buffer.alloc(0)
const zeros = (blocks: number): Buffer => Buffer.alloc(blocks * 512)
const junk = Buffer.from('who am I?')
const good = buildMpk([file()])
const flagged = (flags: number, ...inserted: Buffer[]): Buffer => {
  const header = Buffer.from(good.subarray(0, 10))
  header[3] = flags
  return Buffer.concat([header, ...inserted, good.subarray(10)])
}
const patched = (offset: number, byte: number): Buffer => {
  const copy = Buffer.from(good)
  copy[offset < 0 ? copy.length + offset : offset] = byte
  return copy
}

const refusals: [rule: string, check: ArchiveCheckName, mpk: Buffer][] = [
  [
    'a symbolic link',
    'archive.type.symlink',
    buildMpk([file({ type: '2', data: empty, linkName: '/etc/passwd' })]),
  ],
  ['a hard link', 'archive.type.hardlink', buildMpk([file({ type: '1', data: empty, linkName: 'a' })])],
  ['a character device', 'archive.type.device', buildMpk([file({ type: '3', data: empty })])],
  ['a block device', 'archive.type.device', buildMpk([file({ type: '4', data: empty })])],
  ['a FIFO', 'archive.type.fifo', buildMpk([file({ type: '6', data: empty })])],
  ['a contiguous file', 'archive.type.other', buildMpk([file({ type: '7', data: empty })])],
  ['an unknown type', 'archive.type.other', buildMpk([file({ type: 'Z', data: empty })])],
  ['a file that names a link target', 'archive.type.symlink', buildMpk([file({ linkName: 'a' })])],
  ['a folder with contents', 'archive.type.folder-with-body', buildMpk([file({ name: 'lib/', type: '5' })])],
  ['a set-uid bit', 'archive.mode.setuid', buildMpk([file({ mode: 0o4755 })])],
  ['a set-gid bit on a file', 'archive.mode.setuid', buildMpk([file({ mode: 0o2755 })])],
  ['a long name of GNU', 'archive.tar.gnu', buildMpk([file({ name: '././@LongLink', type: 'L' }), file()])],
  ['a sparse file of GNU', 'archive.tar.gnu', buildMpk([file({ type: 'S' })])],
  [
    'the prefix area of GNU in use',
    'archive.tar.gnu',
    buildMpk([file({ magic: 'ustar  \0', prefix: '1234' })]),
  ],
  [
    'a global PAX header',
    'archive.tar.global-header',
    buildMpk([paxBlock([['comment', 'abc']], 'g'), file()]),
  ],
  ['an unknown PAX key', 'archive.tar.pax', buildMpk([paxBlock([['SCHILY.xattr.user.x', '1']]), file()])],
  [
    'a PAX key twice',
    'archive.tar.pax',
    buildMpk([
      paxBlock([
        ['path', 'a'],
        ['path', 'b'],
      ]),
      file(),
    ]),
  ],
  ['a PAX size of its own', 'archive.tar.pax', buildMpk([paxBlock([['size', '5']]), file()])],
  ['a PAX link target', 'archive.type.symlink', buildMpk([paxBlock([['linkpath', '/etc']]), file()])],
  [
    'PAX records that do not add up',
    'archive.tar.pax',
    buildMpk([{ name: 'x', type: 'x', data: Buffer.from('99 path=a\n') }, file()]),
  ],
  [
    'a PAX block for a PAX block',
    'archive.tar.pax',
    buildMpk([paxBlock([['path', 'a']]), paxBlock([['path', 'b']]), file()]),
  ],
  ['a PAX block for nothing', 'archive.tar.pax', buildMpk([file(), paxBlock([['path', 'a']])])],
  ['a PAX block without records', 'archive.tar.pax', buildMpk([{ name: 'x', type: 'x' }, file()])],
  ['a huge PAX block', 'archive.tar.pax', buildMpk([paxBlock([['path', 'a'.repeat(20_000)]]), file()])],
  [
    'a PAX path out of the folder',
    'archive.path.traversal',
    buildMpk([paxBlock([['path', '../a']]), file()]),
  ],
  ['a path out of the folder', 'archive.path.traversal', buildMpk([file({ name: 'a/../../b' })])],
  ['a prefix that leads out', 'archive.path.traversal', buildMpk([file({ prefix: '..' })])],
  ['an absolute path', 'archive.path.absolute', buildMpk([file({ name: '/etc/passwd' })])],
  ['a name that is no UTF-8', 'archive.path.encoding', buildMpk([file({ name: Buffer.from([0x61, 0xff]) })])],
  ['a file named like a folder', 'archive.path.empty-segment', buildMpk([file({ name: 'a/' })])],
  ['the same name twice', 'archive.duplicate-name', buildMpk([file(), file({ name: './main.js' })])],
  ['a wrong checksum', 'archive.tar.header', buildMpk([file({ checksumError: 1 })])],
  ['no ustar header', 'archive.tar.header', buildMpk([file({ magic: 'whatever' })])],
  [
    'a size in base 256',
    'archive.tar.header',
    buildMpk([file({ size: '\u0080\0\0\0\0\0\0\0\0\0\0\u0012' })]),
  ],
  ['a negative size', 'archive.tar.header', buildMpk([file({ size: '-0000000001' })])],
  ['a damaged user id', 'archive.tar.header', buildMpk([file({ userId: 'root' })])],
  ['padding that is not zero', 'archive.hidden-data', buildMpk([file({ padding: 1 })])],
  [
    'a lone zero block',
    'archive.hidden-data',
    buildMpk([file()], Buffer.concat([zeros(1), buildTar([file({ name: 'b' })])])),
  ],
  [
    'another tar after the end',
    'archive.trailing-data',
    buildMpk([file()], Buffer.concat([zeros(2), buildTar([file({ name: 'b' })])])),
  ],
  ['zeros without end', 'archive.trailing-data', buildMpk([file()], zeros(23))],
  ['no end marker', 'archive.truncated', buildMpk([file()], empty)],
  ['half an end marker', 'archive.truncated', buildMpk([file()], zeros(1))],
  ['a body that is cut off', 'archive.truncated', gzipSync(buildTar([file()]).subarray(0, 520))],
  ['no entries', 'archive.empty', buildMpk([])],
  ['a size in gigabytes', 'archive.size.entry', buildMpk([file({ size: '77777777777' })])],
  ['bytes after the gzip member', 'archive.trailing-data', Buffer.concat([good, junk])],
  ['a second gzip member', 'archive.gzip.members', Buffer.concat([good, good])],
  ['a wrong CRC', 'archive.crc', patched(-8, 0x55)],
  ['a wrong size in the trailer', 'archive.size.declared', patched(-1, 0x55)],
  ['an unknown gzip method', 'archive.gzip.header', patched(2, 7)],
  ['reserved gzip flags', 'archive.gzip.header', patched(3, 0x80)],
  ['a gzip extra field', 'archive.gzip.header', flagged(4, Buffer.from([2, 0, 1, 1]))],
  ['a gzip name without end', 'archive.gzip.header', flagged(8, Buffer.alloc(5000, 'a'))],
  ['a wrong CRC of the gzip header', 'archive.gzip.header', flagged(2, Buffer.from([1, 2]))],
  ['a damaged deflate stream', 'archive.deflate', patched(10, 0xff)],
]

test.each(refusals)('an MPK is refused for %s', async (_rule, check, mpk) => {
  const { archive, findings, checks } = await readArchive(mpk)
  expect(new Set(findings.map((finding) => finding.check))).toEqual(new Set([check]))
  expect(checks).toContainEqual({ check, category: 'ARCHIVE', passed: false })
  expect(archive).toBeNull()
})

const accepted: [rule: string, mpk: Buffer, path: string][] = [
  ['a plain file', good, 'main.js'],
  ['a file of an old writer', buildMpk([file({ type: '\0' })]), 'main.js'],
  ['the header of GNU', buildMpk([file({ magic: 'ustar  \0' })]), 'main.js'],
  ['a prefix', buildMpk([file({ prefix: 'lib/deep' }), file({ name: 'b.js' })]), 'lib/deep/main.js'],
  [
    'a path in a PAX block',
    buildMpk([
      paxBlock([
        ['mtime', '1.5'],
        ['path', 'ä/ü.js'],
      ]),
      file(),
      file(),
    ]),
    'ä/ü.js',
  ],
  ['the padding of common writers', buildMpk([file()], zeros(20)), 'main.js'],
  [
    'names that begin with ./',
    buildMpk([file({ name: './', type: '5', data: empty }), file({ name: './main.js' })]),
    'main.js',
  ],
  ['a name in the gzip header', flagged(8, Buffer.from('plugin.tar\0')), 'main.js'],
]

test.each(accepted)('an MPK may have %s', async (_rule, mpk, path) => {
  const { archive, findings } = await readArchive(mpk)
  expect(findings).toEqual([])
  expect(archive?.entries.get(path)).toEqual(new Uint8Array(DATA))
})

test('an MPK that is cut off anywhere is refused', async () => {
  for (let length = 2; length < good.length; length += 1) {
    const { archive, findings } = await readArchive(good.subarray(0, length))
    expect(archive, `${length} bytes`).toBeNull()
    expect(findings.map(({ check }) => check)).not.toContain('archive.reader')
  }
})

test('limits of an MPK are refused by name, as soon as they are passed', async () => {
  const limits = { ...defaultArchiveLimits, entryBytes: 1000, unpackedBytes: 1500, entries: 3, ratio: 1000 }
  const refusedFor = async (mpk: Buffer, other = limits): Promise<string[]> => {
    const { checks } = await readArchive(mpk, other)
    return checks.filter(({ passed }) => !passed).map(({ check }) => check)
  }
  const many = (names: string[], bytes: number): Buffer =>
    buildMpk(names.map((name) => file({ name, data: Buffer.alloc(bytes) })))
  expect(await refusedFor(many(['a'], 1001))).toEqual(['archive.size.entry'])
  expect(await refusedFor(many(['a', 'b'], 800))).toEqual(['archive.size.unpacked'])
  expect(await refusedFor(many(['a', 'b', 'c', 'd'], 0))).toEqual(['archive.entries'])
  expect(await refusedFor(many(['a'], 1000), { ...limits, ratio: 3 })).toEqual(['archive.ratio'])
  expect(await refusedFor(gzipSync(Buffer.alloc(50_000_000)))).toEqual(['archive.size.unpacked'])
  expect(await refusedFor(gzipSync(Buffer.alloc(50_000_000)), defaultArchiveLimits)).toEqual([
    'archive.trailing-data',
  ])
})

test('what is read is what tar itself reads', async () => {
  const { archive } = await readArchive(
    buildMpk([file({ name: 'a.js' }), file({ name: 'b/c.js', data: Buffer.alloc(1024, 'x') })]),
  )
  expect([...(archive?.entries ?? [])]).toEqual([
    ['a.js', new Uint8Array(DATA)],
    ['b/c.js', new Uint8Array(1024).fill(0x78)],
  ])
  expect(gunzipSync(good).length % 512).toBe(0)
})
