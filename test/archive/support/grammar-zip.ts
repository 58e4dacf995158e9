import * as fc from 'fast-check'
import { fewOf } from './few-of.ts'
import { anyPath, goodPath } from './grammar-names.ts'
import { buildZip, extraField, type HeaderLies, type ZipLies, type ZipPart } from './hostile-zip.ts'

/** An archive, and the files that were put into it. */
export interface Packed {
  bytes: Uint8Array
  files: ReadonlyMap<string, Uint8Array>
}

export const content = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.nat(3000).map((length) => Buffer.alloc(length, 'text ')),
)

const byteCount = fc.constantFrom(0, 1, 511, 512, 0xffff, 0x7fffffff, 0xfffffffe, 0xffffffff)
const number16 = fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 1, 8, 9, 14, 99, 0x800, 0xffff))
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const extra = fc.oneof(
  bytes,
  fc
    .tuple(fc.constantFrom(1, 0xa, 0xd, 0x17, 0x5455, 0x7075, 0x7875, 0x9901, 0xcafe), bytes)
    .map(([id, data]) => extraField(id, data)),
)
const lies: fc.Arbitrary<HeaderLies> = fewOf<HeaderLies>({
  name: anyPath,
  flags: number16,
  method: number16,
  crc: fc.nat(0xffffffff),
  packedBytes: byteCount,
  unpackedBytes: byteCount,
  extra,
})

type CentralLies = Pick<NonNullable<ZipPart['central']>, 'attributes' | 'comment' | 'offset'>

const goodPart: fc.Arbitrary<ZipPart> = fc.record(
  {
    name: goodPath,
    data: content,
    method: fc.constantFrom(0, 8),
    descriptor: fc.constantFrom('signed', 'plain'),
    central: fc.record({ attributes: fc.constantFrom(0, 0o100644 * 2 ** 16, 0o100755 * 2 ** 16, 0x20) }),
  },
  { requiredKeys: ['name', 'data'] },
)

/** The same lie in both headers, else none gets past the first comparison. */
const badPart: fc.Arbitrary<ZipPart> = fc
  .tuple(
    goodPart,
    fc.oneof(
      fewOf<ZipPart>({
        name: anyPath,
        data: content,
        method: number16,
        flags: number16,
        packed: bytes,
        before: bytes,
        descriptor: bytes,
        local: lies,
        central: fc.oneof(
          lies,
          fewOf<CentralLies>({ attributes: fc.nat(0xffffffff), comment: bytes, offset: byteCount }),
        ),
      }),
      lies.map((both) => ({ local: both, central: both })),
    ),
  )
  .map(([good, bad]) => ({ ...good, ...bad }))

const endLies: fc.Arbitrary<ZipLies> = fewOf<ZipLies>({
  beforeDirectory: bytes,
  afterDirectory: bytes,
  afterEnd: bytes,
  comment: bytes,
  entries: number16,
  entriesHere: number16,
  disk: number16,
  directoryDisk: number16,
  directoryBytes: byteCount,
  directoryOffset: byteCount,
})

/** ZIPs of good parts only, each in a folder of its own. */
export const goodZip: fc.Arbitrary<Packed> = fc
  .array(goodPart, { maxLength: 6 })
  .map((parts) => parts.map((part, index) => ({ ...part, name: `${index}/${String(part.name)}` })))
  .map((parts) => packed(parts, {}))

/** ZIPs in which some parts are bad, or the records around them. */
export const anyZip: fc.Arbitrary<Packed> = fc
  .tuple(
    fc.array(fc.oneof({ weight: 3, arbitrary: goodPart }, { weight: 1, arbitrary: badPart }), {
      maxLength: 5,
    }),
    fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: endLies }),
  )
  .map(([parts, end]) => packed(parts, end))

/** With a file at the root, so that no folder is taken for the root. */
function packed(parts: ZipPart[], end: ZipLies): Packed {
  const all: ZipPart[] = [{ name: 'manifest.json', data: Buffer.from('{}') }, ...parts]
  const named = all.map((part): [string, Buffer] => [
    String(part.central?.name ?? part.name),
    part.data ?? Buffer.alloc(0),
  ])
  const files = new Map(named.filter(([name]) => !name.endsWith('/')))
  return { bytes: buildZip(all, end), files }
}
