import { gzipSync } from 'node:zlib'
import type { ArchiveCheckName } from '../../../src/archive/archive-checks.ts'
import { buildMpk, buildTar, paxBlock, paxRecord, type TarPart } from './hostile-tar.ts'
import { buildZip } from './hostile-zip.ts'
import type { Refusal } from './refusal.ts'

const DATA = Buffer.from('export default {}\n')
const file = (part: Partial<TarPart> = {}): TarPart => ({ name: 'main.js', data: DATA, ...part })
const bare = (type: string, part: Partial<TarPart> = {}): TarPart =>
  file({ type, data: Buffer.alloc(0), ...part })
const pax = (...records: [key: string, value: string][]): TarPart[] => [paxBlock(records), file()]
const zeros = (blocks: number): Buffer => Buffer.alloc(blocks * 512)

const tars: [rule: string, check: ArchiveCheckName, parts: TarPart[], end?: Buffer][] = [
  ['a symbolic link', 'archive.type.symlink', [bare('2', { linkName: '/etc/passwd' })]],
  ['a hard link', 'archive.type.hardlink', [bare('1', { linkName: 'a' })]],
  ['a character device', 'archive.type.device', [bare('3')]],
  ['a block device', 'archive.type.device', [bare('4')]],
  ['a FIFO', 'archive.type.fifo', [bare('6')]],
  ['a contiguous file', 'archive.type.other', [bare('7')]],
  ['an unknown type', 'archive.type.other', [bare('Z')]],
  ['a block of Solaris, X', 'archive.type.other', [bare('X')]],
  ['a file that names a link target', 'archive.type.symlink', [file({ linkName: 'a' })]],
  ['a folder with contents', 'archive.type.folder-with-body', [file({ name: 'lib/', type: '5' })]],
  ['a set-uid bit', 'archive.mode.setuid', [file({ mode: 0o4755 })]],
  ['a set-gid bit on a file', 'archive.mode.setuid', [file({ mode: 0o2755 })]],
  ['a long name of GNU', 'archive.tar.gnu', [file({ name: '././@LongLink', type: 'L' }), file()]],
  ['a long link of GNU', 'archive.tar.gnu', [file({ name: '././@LongLink', type: 'K' }), file()]],
  ['a sparse file of GNU', 'archive.tar.gnu', [file({ type: 'S' })]],
  ['a part of several volumes', 'archive.tar.gnu', [file({ type: 'M' })]],
  ['the prefix area of GNU in use', 'archive.tar.gnu', [file({ magic: 'ustar  \0', prefix: '1234' })]],
  [
    'a sparse map of GNU behind an empty prefix',
    'archive.tar.header',
    [file({ magic: 'ustar  \0', prefix: '\0map' })],
  ],
  ['a sparse file of PAX', 'archive.tar.pax', pax(['GNU.sparse.major', '1'])],
  ['a name for a sparse file of PAX', 'archive.tar.pax', pax(['GNU.sparse.name', '../x'])],
  ['a global PAX header', 'archive.tar.global-header', [paxBlock([['comment', 'abc']], 'g'), file()]],
  ['a global PAX path', 'archive.tar.global-header', [paxBlock([['path', '../x']], 'g'), file()]],
  ['an unknown PAX key', 'archive.tar.pax', pax(['SCHILY.xattr.user.x', '1'])],
  ['another encoding by PAX', 'archive.tar.pax', pax(['hdrcharset', 'BINARY'])],
  ['a PAX key of Object', 'archive.tar.pax', pax(['__proto__', '1'])],
  ['a PAX key twice', 'archive.tar.pax', pax(['path', 'a'], ['path', 'b'])],
  ['a PAX size of its own', 'archive.tar.pax', pax(['size', '5'])],
  ['a PAX size that is negative', 'archive.tar.pax', pax(['size', '-18'])],
  ['a PAX size that is written otherwise', 'archive.tar.pax', pax(['size', '018'])],
  ['a PAX link target', 'archive.type.symlink', pax(['linkpath', '/etc'])],
  ['a PAX path out of the folder', 'archive.path.traversal', pax(['path', '../a'])],
  ['a PAX path that is empty', 'archive.path.empty-segment', pax(['path', ''])],
  ['a PAX path with a NUL', 'archive.path.control', pax(['path', 'a\0b'])],
  ['a PAX path that is no UTF-8', 'archive.path.encoding', [rawPax('11 path=a\xff\n'), file()]],
  ['PAX records that do not add up', 'archive.tar.pax', [rawPax('99 path=a\n'), file()]],
  [
    'a PAX record that ends within another',
    'archive.tar.pax',
    [rawPax(`9 path=a\n${paxRecord('path', 'b')}`), file()],
  ],
  ['a PAX length with a sign', 'archive.tar.pax', [rawPax('+9 path=a\n'), file()]],
  ['a PAX record of no length', 'archive.tar.pax', [rawPax('0 path=a\n'), file()]],
  ['a PAX record without a key', 'archive.tar.pax', [rawPax('5 =a\n'), file()]],
  ['zeros behind the PAX records', 'archive.tar.pax', [rawPax(`${paxRecord('path', 'b')}\0\0\0`), file()]],
  ['a PAX block for a PAX block', 'archive.tar.pax', [paxBlock([['path', 'a']]), ...pax(['path', 'b'])]],
  ['a PAX block for nothing', 'archive.tar.pax', [file(), paxBlock([['path', 'a']])]],
  ['a PAX block without records', 'archive.tar.pax', [{ name: 'x', type: 'x' }, file()]],
  ['a huge PAX block', 'archive.tar.pax', pax(['path', 'a'.repeat(20_000)])],
  [
    'something behind the records of a PAX block',
    'archive.hidden-data',
    [{ ...paxBlock([['path', 'a']]), padding: 1 }, file()],
  ],
  ['a prefix that leads out', 'archive.path.traversal', [file({ prefix: '..' })]],
  ['a prefix that ends with a slash', 'archive.path.empty-segment', [file({ prefix: 'lib/' })]],
  ['something behind the NUL of a name', 'archive.tar.header', [file({ name: 'main.js\0/../x' })]],
  ['a file named like a folder', 'archive.path.empty-segment', [file({ name: 'a/' })]],
  ['the same name twice, once below ./', 'archive.duplicate-name', [file(), file({ name: './main.js' })]],
  ['a second root', 'archive.path.empty-segment', [file(), bare('5', { name: './' })]],
  ['a wrong checksum', 'archive.tar.header', [file({ checksumError: 1 })]],
  ['a checksum of signed bytes', 'archive.tar.header', [file({ name: 'ä.js', checksumError: -512 })]],
  ['no ustar header', 'archive.tar.header', [file({ magic: 'whatever' })]],
  ['no magic, as before POSIX', 'archive.tar.header', [file({ magic: '\0\0\0\0\0\0\0\0' })]],
  ['a size in base 256', 'archive.tar.header', [file({ size: '\u0080\0\0\0\0\0\0\0\0\0\0\u0012' })]],
  ['a size of -1 in base 256', 'archive.tar.header', [file({ size: '\u00ff'.repeat(12) })]],
  ['a negative size', 'archive.tar.header', [file({ size: '-0000000001' })]],
  ['a size that is no octal number', 'archive.tar.header', [file({ size: '00000000009' })]],
  ['a size in two parts', 'archive.tar.header', [file({ size: '22 00000000' })]],
  ['a size in gigabytes', 'archive.size.entry', [file({ size: '77777777777' })]],
  ['a damaged user id', 'archive.tar.header', [file({ userId: 'root' })]],
  ['a negative user id', 'archive.tar.header', [file({ userId: '\u00ff'.repeat(8) })]],
  ['a user id out of range', 'archive.tar.header', [file({ userId: '\u0080\u0001\0\0\0\0\0\0' })]],
  ['padding that is not zero', 'archive.hidden-data', [file({ padding: 1 })]],
  [
    'a lone zero block',
    'archive.hidden-data',
    [file()],
    Buffer.concat([zeros(1), buildTar([file({ name: 'b' })])]),
  ],
  [
    'another tar after the end',
    'archive.trailing-data',
    [file()],
    Buffer.concat([zeros(2), buildTar([file({ name: 'b' })])]),
  ],
  ['zeros without end', 'archive.trailing-data', [file()], zeros(23)],
  ['no end marker', 'archive.truncated', [file()], zeros(0)],
  ['half an end marker', 'archive.truncated', [file()], zeros(1)],
  ['half a block behind the end marker', 'archive.truncated', [file()], zeros(2.5)],
  ['no entries', 'archive.empty', []],
  ['the root only', 'archive.empty', [bare('5', { name: './' })]],
  ['folders only', 'archive.empty', [bare('5', { name: 'lib/' })]],
]

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

const streams: [rule: string, check: ArchiveCheckName, bytes: Buffer][] = [
  ['a body that is cut off', 'archive.truncated', gzipSync(buildTar([file()]).subarray(0, 520))],
  ['its last byte missing', 'archive.truncated', good.subarray(0, -1)],
  ['half of its packed bytes missing', 'archive.truncated', good.subarray(0, good.length / 2)],
  ['bytes after the gzip member', 'archive.trailing-data', Buffer.concat([good, Buffer.from('who?')])],
  ['zeros after the gzip member', 'archive.trailing-data', Buffer.concat([good, zeros(1)])],
  ['a ZIP after the gzip member', 'archive.hidden-data', Buffer.concat([good, buildZip([file()])])],
  ['a ZIP within that reaches to its end', 'archive.hidden-data', zipWithin()],
  ['a second gzip member', 'archive.gzip.members', Buffer.concat([good, good])],
  ['an empty gzip member before it', 'archive.gzip.members', Buffer.concat([gzipSync(''), good])],
  ['a tar in two gzip members', 'archive.gzip.members', inTwoMembers()],
  ['a wrong CRC', 'archive.crc', patched(-8, 0x55)],
  ['a wrong size in the trailer', 'archive.size.declared', patched(-1, 0x55)],
  ['an unknown gzip method', 'archive.gzip.header', patched(2, 7)],
  ['reserved gzip flags', 'archive.gzip.header', patched(3, 0x80)],
  ['a gzip extra field', 'archive.gzip.header', flagged(4, Buffer.from([2, 0, 1, 1]))],
  ['a gzip name without end', 'archive.gzip.header', flagged(8, Buffer.alloc(5000, 'a'))],
  ['a wrong CRC of the gzip header', 'archive.gzip.header', flagged(2, Buffer.from([1, 2]))],
  ['a damaged deflate stream', 'archive.deflate', patched(10, 0xff)],
  ['no tar in it', 'archive.tar.header', gzipSync(Buffer.alloc(1024, 'x'))],
  ['a ZIP in it', 'archive.tar.header', gzipSync(Buffer.concat([buildZip([file()]), zeros(2)]))],
  ['a gzip in it', 'archive.tar.header', gzipSync(Buffer.concat([good, zeros(2)]))],
]

/** MPKs whose gzip stream, tar blocks or PAX records are not as they must be. */
export const refusedMpks: readonly Refusal[] = [
  ...tars.map(([rule, check, parts, end]) => ({
    rule: `an MPK with ${rule}`,
    check,
    bytes: buildMpk(parts, end),
  })),
  ...streams.map(([rule, check, bytes]) => ({ rule: `an MPK with ${rule}`, check, bytes })),
]

function rawPax(records: string): TarPart {
  return { name: 'x', type: 'x', data: Buffer.from(records, 'latin1') }
}

function inTwoMembers(): Buffer {
  const tar = buildTar([file(), file({ name: 'b.js' })])
  return Buffer.concat([gzipSync(tar.subarray(0, 1024)), gzipSync(tar.subarray(1024))])
}

/** Stored, so that the ZIP stands there as it is; the rest of the file is its comment. */
function zipWithin(): Buffer {
  const zip = buildZip([file({ name: 'other.js' })])
  const tar = buildTar([file({ name: 'a', data: zip })])
  const mpk = gzipSync(tar, { level: 0 })
  const end = mpk.indexOf('PK\u0005\u0006')
  const commentBytes = mpk.length - end - 22
  zip.writeUInt16LE(commentBytes, zip.length - 2)
  return gzipSync(buildTar([file({ name: 'a', data: zip })]), { level: 0 })
}
