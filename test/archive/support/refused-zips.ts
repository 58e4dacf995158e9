import { crc32, deflateRawSync } from 'node:zlib'
import type { ArchiveCheckName } from '../../../src/archive/archive-checks.ts'
import { buildZip, extraField, type ZipLies, type ZipPart } from './hostile-zip.ts'
import type { Refusal } from './refusal.ts'

const DATA = Buffer.from('export default {}\n')
const file = (part: Partial<ZipPart> = {}): ZipPart => ({ name: 'main.js', data: DATA, ...part })
const deflated = (part: Partial<ZipPart> = {}): ZipPart => file({ method: 8, ...part })
const junk = Buffer.from('who am I?')
const other = buildZip([file({ name: 'other.js' })])
const END_RECORD_BYTES = 22
const whole = buildZip([file()])
/** Makes the comment of the end record at `at` reach to the end of the bytes. */
const reachingToEnd = (bytes: Buffer, at: number): Buffer => {
  bytes.writeUInt16LE(bytes.length - at - END_RECORD_BYTES, at + 20)
  return bytes
}
const zip64Record = Buffer.concat([Buffer.from('PK\u0006\u0006'), Buffer.alloc(52)])
const zip64Locator = Buffer.concat([Buffer.from('PK\u0006\u0007'), Buffer.alloc(16)])

/** Records that do not follow each other as they must: [rule, check, parts, lies about the rest]. */
const layouts: [rule: string, check: ArchiveCheckName, parts: ZipPart[], lies?: ZipLies][] = [
  ['bytes between two entries', 'archive.hidden-data', [file(), file({ name: 'b.js', before: junk })]],
  [
    'an entry that the directory does not list',
    'archive.hidden-data',
    [file(), file({ name: 'b.js', before: other.subarray(0, 56) })],
  ],
  ['bytes between the entries and the directory', 'archive.hidden-data', [file()], { beforeDirectory: junk }],
  [
    'a signing block as Android has it',
    'archive.hidden-data',
    [file()],
    { beforeDirectory: Buffer.from('APK Sig Block 42') },
  ],
  [
    'bytes between the directory and the end record',
    'archive.hidden-data',
    [file()],
    { afterDirectory: junk },
  ],
  [
    'a digital signature behind the directory',
    'archive.hidden-data',
    [file()],
    { afterDirectory: Buffer.from('PK\u0005\u0005\u0000\u0000') },
  ],
  [
    'bytes counted to the directory that are no entry',
    'archive.hidden-data',
    [file()],
    { directoryOffset: 0, directoryBytes: 0, entries: 0 },
  ],
  ['bytes after the end record', 'archive.trailing-data', [file()], { afterEnd: junk }],
  ['a single byte after the end record', 'archive.trailing-data', [file()], { afterEnd: Buffer.alloc(1) }],
  ['another ZIP after the end record', 'archive.hidden-data', [file()], { afterEnd: other }],
  ['another ZIP as comment', 'archive.hidden-data', [file()], { comment: other }],
  ['a second end record', 'archive.hidden-data', [file()], { afterEnd: whole.subarray(-END_RECORD_BYTES) }],
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
    'bytes before the first entry that offsets count',
    'archive.leading-data',
    [file({ before: Buffer.from(whole.subarray(0, 56)) })],
  ],
  [
    'two entries in the same bytes',
    'archive.overlap',
    [file(), file({ name: 'b.js', central: { offset: 0 } })],
  ],
  [
    'entries in another order than the directory has',
    'archive.overlap',
    [file({ central: { offset: 60 } }), file({ name: 'b.js', central: { offset: 0 } })],
  ],
  [
    'an entry within another',
    'archive.overlap',
    [file({ data: other.subarray(0, 56) }), file({ name: 'other.js', central: { offset: 37 } })],
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
  ['fewer entries than announced', 'archive.zip.central-directory', [file()], { entries: 2 }],
  ['more entries than announced', 'archive.hidden-data', [file(), file({ name: 'b.js' })], { entries: 1 }],
  ['two numbers of entries', 'archive.zip.end-record', [file()], { entriesHere: 5 }],
  ['a directory past its end', 'archive.zip.end-record', [file()], { directoryBytes: 5000 }],
  [
    'a directory that begins elsewhere',
    'archive.zip.central-directory',
    [file()],
    { directoryOffset: 40, directoryBytes: 68 },
  ],
  ['no entries', 'archive.empty', []],
  ['folders only', 'archive.empty', [file({ name: 'lib/', data: Buffer.alloc(0) })]],
  ['a part of several disks', 'archive.zip.multi-disk', [file()], { disk: 1 }],
  ['a directory on another disk', 'archive.zip.multi-disk', [file()], { directoryDisk: 1 }],
  ['an entry on another disk', 'archive.zip.multi-disk', [file({ central: { disk: 1 } })]],
  ['a ZIP64 offset of the directory', 'archive.zip.zip64', [file()], { directoryOffset: 0xffffffff }],
  ['a ZIP64 number of entries', 'archive.zip.zip64', [file()], { entries: 0xffff, entriesHere: 0xffff }],
  [
    'a ZIP64 end record and locator',
    'archive.zip.zip64',
    [file()],
    { afterDirectory: Buffer.concat([zip64Record, zip64Locator]) },
  ],
  ['a ZIP64 end record without a locator', 'archive.hidden-data', [file()], { afterDirectory: zip64Record }],
  ['a ZIP64 size', 'archive.zip.zip64', [file({ central: { unpackedBytes: 0xffffffff } })]],
  ['a packed size of -1', 'archive.zip.zip64', [file({ central: { packedBytes: 0xffffffff } })]],
  ['an offset of -1', 'archive.zip.zip64', [file({ central: { offset: 0xffffffff } })]],
  [
    'a ZIP64 extra field that changes the sizes',
    'archive.zip.zip64',
    [file({ local: { extra: extraField(1, Buffer.alloc(16)) } })],
  ],
  [
    'an announced descriptor that is not there',
    'archive.zip.descriptor',
    [file({ flags: 8, descriptor: junk })],
  ],
  ['a descriptor that disagrees', 'archive.zip.descriptor', [file({ descriptor: Buffer.alloc(12, 1) })]],
  [
    'a descriptor of ZIP64, with sizes of eight bytes',
    'archive.zip.descriptor',
    [deflated({ descriptor: Buffer.concat([Buffer.from('PK\u0007\u0008'), Buffer.alloc(20)]) })],
  ],
  [
    'a descriptor that is not announced',
    'archive.hidden-data',
    [
      file({
        descriptor: 'signed',
        flags: 0,
        local: { crc: crc32(DATA), packedBytes: DATA.length, unpackedBytes: DATA.length },
      }),
      file({ name: 'b.js' }),
    ],
  ],
  [
    'bytes behind the deflate stream of an entry',
    'archive.hidden-data',
    [deflated({ packed: Buffer.concat([deflateRawSync(DATA), junk]) })],
  ],
  [
    'a second deflate stream in an entry',
    'archive.hidden-data',
    [deflated({ packed: Buffer.concat([deflateRawSync(DATA), deflateRawSync(junk)]) })],
  ],
]

const joined: Refusal[] = [
  { rule: 'an entry without a local header', check: 'archive.headers', bytes: without(1) },
  {
    rule: 'two ZIPs, one after the other',
    check: 'archive.hidden-data',
    bytes: Buffer.concat([whole, other]),
  },
  {
    rule: 'a shell script before it',
    check: 'archive.leading-data',
    bytes: Buffer.concat([Buffer.from('#!/bin/sh\n'), whole]),
  },
  {
    rule: 'the marker of a split ZIP before it',
    check: 'archive.leading-data',
    bytes: Buffer.concat([Buffer.from('PK\u0007\u0008'), whole]),
  },
  { rule: 'its last byte missing', check: 'archive.trailing-data', bytes: whole.subarray(0, -1) },
  { rule: 'its end record missing', check: 'archive.truncated', bytes: whole.subarray(0, -END_RECORD_BYTES) },
  {
    rule: 'an end record whose comment is a second end record, both reaching to the end',
    check: 'archive.hidden-data',
    bytes: reachingToEnd(
      Buffer.concat([whole, whole.subarray(-END_RECORD_BYTES)]),
      whole.length - END_RECORD_BYTES,
    ),
  },
]

/** ZIPs whose records do not add up. */
export const refusedZips: readonly Refusal[] = [
  ...layouts.map(([rule, check, parts, lies]) => ({
    rule: `a ZIP with ${rule}`,
    check,
    bytes: buildZip(parts, lies),
  })),
  ...joined.map((refusal) => ({ ...refusal, rule: `a ZIP with ${refusal.rule}` })),
]

/** Two entries, the local header of one of them wiped out. */
function without(index: number): Buffer {
  const zip = buildZip([file(), file({ name: 'b.js' })])
  const at = index * zip.indexOf('PK\u0003\u0004', 1)
  return zip.fill(0, at, at + 4)
}
