import { deflateRawSync } from 'node:zlib'
import type { ArchiveCheckName } from '../../../src/archive/archive-checks.ts'
import { buildZip, extraField, type HeaderLies, type ZipPart } from './hostile-zip.ts'
import type { Refusal } from './refusal.ts'

const DATA = Buffer.from('export default {}\n')
const file = (part: Partial<ZipPart> = {}): ZipPart => ({ name: 'main.js', data: DATA, ...part })
const deflated = (part: Partial<ZipPart> = {}): ZipPart => file({ method: 8, ...part })
const unix = (mode: number): number => mode * 2 ** 16
const both = (lies: HeaderLies): Partial<ZipPart> => ({ local: lies, central: lies })
const withExtra = (id: number, data: Buffer): ZipPart => file({ central: { extra: extraField(id, data) } })
const attributes = (value: number): ZipPart => file({ central: { attributes: value } })
const unicodePath = (name: string): Buffer => Buffer.concat([Buffer.from([1, 0, 0, 0, 0]), Buffer.from(name)])

const entries: [rule: string, check: ArchiveCheckName, part: ZipPart, also?: ArchiveCheckName[]][] = [
  ['another name in the local header', 'archive.headers', file({ local: { name: 'niam.js' } })],
  [
    'another length of its name in the local header',
    'archive.headers',
    file({ local: { name: 'main.jso' } }),
  ],
  ['another size in the local header', 'archive.headers', file({ local: { unpackedBytes: 1 } })],
  ['another packed size in the local header', 'archive.headers', file({ local: { packedBytes: 1 } })],
  [
    'a size of 0 in the local header',
    'archive.headers',
    file({ local: { unpackedBytes: 0, packedBytes: 0 } }),
  ],
  ['another method in the local header', 'archive.headers', file({ local: { method: 8 } })],
  ['another CRC in the local header', 'archive.headers', file({ local: { crc: 1 } })],
  ['other flags in the local header', 'archive.headers', file({ local: { flags: 1 << 11 } })],
  ['encryption in the local header only', 'archive.headers', file({ local: { flags: 1 } })],
  [
    'another size in the local header, beside a descriptor',
    'archive.headers',
    file({ descriptor: 'signed', local: { unpackedBytes: 1 } }),
  ],
  ['two sizes though it is stored', 'archive.headers', file(both({ unpackedBytes: 1 }))],
  ['a broken extra field', 'archive.zip.extra-field', file({ central: { extra: Buffer.from([9, 9, 9]) } })],
  [
    'an extra field that is cut off',
    'archive.zip.extra-field',
    file({ local: { extra: extraField(0x5455, Buffer.alloc(9)).subarray(0, -1) } }),
  ],
  ['a second name in an extra field', 'archive.zip.extra-field', withExtra(0x7075, unicodePath('other.js'))],
  [
    'a second name in an extra field of the local header',
    'archive.zip.extra-field',
    file({ local: { extra: extraField(0x7075, unicodePath('../x')) } }),
  ],
  [
    'two second names, the first being its own',
    'archive.zip.extra-field',
    file({
      central: {
        extra: Buffer.concat([
          extraField(0x7075, unicodePath('main.js')),
          extraField(0x7075, unicodePath('b.js')),
        ]),
      },
    }),
  ],
  ['an empty second name', 'archive.zip.extra-field', withExtra(0x7075, Buffer.alloc(0))],
  ['a comment in an extra field', 'archive.zip.extra-field', withExtra(0x6375, unicodePath('comment'))],
  [
    'the target of a link in an extra field of PKWARE',
    'archive.zip.extra-field',
    withExtra(0x000d, Buffer.alloc(23, 'a')),
  ],
  [
    'rights and the target of a link in an extra field of ASi',
    'archive.zip.extra-field',
    withExtra(0x756e, Buffer.alloc(14)),
  ],
  ['an extra field that nobody knows', 'archive.zip.extra-field', withExtra(0x4242, Buffer.from('hidden'))],
  ['much in an extra field for times', 'archive.zip.extra-field', withExtra(0x5455, Buffer.alloc(5000))],
  ['encryption', 'archive.encrypted', file({ flags: 1 })],
  ['strong encryption', 'archive.encrypted', file({ flags: 1 << 6 })],
  ['masked headers', 'archive.encrypted', file({ flags: 1 << 13 })],
  ['AES', 'archive.encrypted', withExtra(0x9901, Buffer.alloc(7))],
  ['AES as its method', 'archive.encrypted', file({ flags: 1, method: 99 }), ['archive.method']],
  ['strong encryption in an extra field', 'archive.encrypted', withExtra(0x0017, Buffer.alloc(8))],
  ['patch data', 'archive.zip.flags', file({ flags: 1 << 5 })],
  ['reserved flags', 'archive.zip.flags', file({ flags: 1 << 15 })],
  ['LZMA', 'archive.method', file({ method: 14 })],
  ['deflate64', 'archive.method', file({ method: 9 })],
  ['a symbolic link', 'archive.type.symlink', attributes(unix(0o120777))],
  ['a Windows reparse point', 'archive.type.symlink', attributes(0x400)],
  ['a character device', 'archive.type.device', attributes(unix(0o020666))],
  ['a block device', 'archive.type.device', attributes(unix(0o060666))],
  ['a Windows device', 'archive.type.device', attributes(0x40)],
  ['a FIFO', 'archive.type.fifo', attributes(unix(0o010666))],
  ['a socket', 'archive.type.other', attributes(unix(0o140666))],
  ['a type that nobody knows', 'archive.type.other', attributes(unix(0o050666))],
  ['a volume label', 'archive.type.other', attributes(0x08)],
  ['a folder by its mode and a file by its name', 'archive.type.unclear', attributes(unix(0o040755))],
  ['a folder for DOS and a file by its name', 'archive.type.unclear', attributes(0x10)],
  [
    'a folder by its name and a file by its mode',
    'archive.type.unclear',
    file({ name: 'lib/', data: Buffer.alloc(0), central: { attributes: unix(0o100644) } }),
  ],
  ['a set-uid bit', 'archive.mode.setuid', attributes(unix(0o104755))],
  ['a set-gid bit', 'archive.mode.setuid', attributes(unix(0o102755))],
  [
    'a set-uid bit on a folder',
    'archive.mode.setuid',
    file({ name: 'lib/', data: Buffer.alloc(0), central: { attributes: unix(0o044755) } }),
  ],
  ['a folder with contents', 'archive.type.folder-with-body', file({ name: 'lib/' })],
  [
    'a folder with hidden contents',
    'archive.type.folder-with-body',
    deflated({ name: 'lib/', packed: deflateRawSync(Buffer.alloc(0), { level: 0 }), data: Buffer.alloc(0) }),
  ],
  ['a wrong CRC', 'archive.crc', file(both({ crc: 1 }))],
  ['a wrong CRC of deflated bytes', 'archive.crc', deflated(both({ crc: 1 }))],
  ['more bytes than declared', 'archive.size.declared', deflated(both({ unpackedBytes: 3 }))],
  ['bytes where none are declared', 'archive.size.declared', deflated(both({ unpackedBytes: 0 }))],
  ['fewer bytes than declared', 'archive.size.declared', deflated(both({ unpackedBytes: 99 }))],
  ['a damaged deflate stream', 'archive.deflate', deflated({ packed: Buffer.from([7, 7, 7, 7]) })],
  [
    'a deflate stream that is cut off',
    'archive.deflate',
    deflated({ packed: deflateRawSync(DATA).subarray(0, -3) }),
  ],
  [
    'a zlib stream instead of a bare one',
    'archive.deflate',
    deflated({ packed: Buffer.concat([Buffer.from([0x78, 0x9c]), deflateRawSync(DATA)]) }),
  ],
  ['no packed bytes at all', 'archive.deflate', deflated({ packed: Buffer.alloc(0) })],
]

/** ZIPs with one entry that is not what a plain file or folder is, and one that is. */
export const refusedZipEntries: readonly Refusal[] = entries.map(([rule, check, part, also]) => ({
  rule: `a ZIP whose entry has ${rule}`,
  check,
  bytes: buildZip([part, file({ name: 'good.js' })]),
  ...(also ? { also } : {}),
}))
