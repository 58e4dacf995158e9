import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { fewOf } from './few-of.ts'
import { anyPath, goodPath } from './grammar-names.ts'
import { content, type Packed } from './grammar-zip.ts'
import { buildTar, paxBlock, type TarPart } from './hostile-tar.ts'

/** A file, and the name that a PAX block gives it, where it does. */
interface Entry {
  part: TarPart
  pax?: [key: string, value: string][]
  /** Stands before it. */
  junk?: Buffer
}

const times: [string, string][] = [['mtime', '1.25']]
const goodEntry: fc.Arbitrary<Entry> = fc
  .tuple(goodPath, content, fc.boolean(), fc.constantFrom('0', '\0'))
  .map(([name, data, usesPax, type]) =>
    usesPax || Buffer.byteLength(name) > 90
      ? { part: { name: 'short', data, type }, pax: [...times, ['path', name]] }
      : { part: { name, data, type } },
  )

const octal = (value: number): string => value.toString(8).padStart(11, '0')
const hostileNumber = (bytes: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.stringMatching(new RegExp(`^[0-7 \\0-]{0,${bytes}}[89a-]$`)).map((text) => text.slice(-bytes)),
    fc.constantFrom(
      `\u0080${'\0'.repeat(bytes - 2)}\u0001`,
      '\u00ff'.repeat(bytes),
      '7'.repeat(bytes - 1),
      `-${'0'.repeat(bytes - 3)}1`,
    ),
  )
const paxRecords = fc.array(
  fc.tuple(
    fc.constantFrom(
      'path',
      'size',
      'linkpath',
      'mtime',
      'uid',
      'GNU.sparse.name',
      'hdrcharset',
      '__proto__',
      'comment',
    ),
    fc.oneof(anyPath, fc.constantFrom('0', '5', '-1', '1e3', '')),
  ),
  { maxLength: 3 },
)
const junk = fc.constantFrom(Buffer.alloc(512), Buffer.alloc(100, 'x'), Buffer.alloc(512, 'x'))
const badEntry: fc.Arbitrary<Entry> = fc
  .tuple(
    goodEntry,
    fc.option(
      fewOf<TarPart>({
        name: anyPath,
        data: content,
        type: fc.constantFrom(...'01234567xgLKSMVDNXAZ'.split('')),
        mode: fc.nat(0o7777777),
        linkName: anyPath.map((path) => path.slice(0, 20)),
        prefix: anyPath.map((path) => path.slice(0, 30)),
        size: fc.oneof(hostileNumber(12), fc.nat(600).map(octal)),
        userId: hostileNumber(8),
        magic: fc.constantFrom('ustar\u000000', 'ustar  \0', 'ustar\0\0\0', 'tar'),
        checksumError: fc.constantFrom(1, -256, 4096),
        padding: fc.nat(255),
      }),
      { nil: undefined, freq: 4 },
    ),
    fc.option(paxRecords, { nil: undefined, freq: 2 }),
    fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: junk }),
  )
  .map(([{ part, pax }, bad, otherPax, junk]) => ({
    part: { ...part, ...bad },
    ...((otherPax ?? pax) ? { pax: otherPax ?? pax ?? [] } : {}),
    ...(junk ? { junk } : {}),
  }))
  // A size that reaches over the next header makes another archive, which may be a good one.
  .filter(({ part }) => declaredBytes(part) <= blocks(part).length)

const END = Buffer.alloc(1024)
const end = fc.oneof(
  { weight: 4, arbitrary: fc.constant(END) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[0, 512, 10_240, 30_000].map((bytes) => Buffer.alloc(bytes)),
      Buffer.alloc(1024, 1),
    ),
  },
)
type Wrap = (mpk: Buffer) => Buffer
const asItIs: Wrap = (mpk) => mpk
const around = fc.oneof(
  { weight: 4, arbitrary: fc.constant(asItIs) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Wrap[]>(
      (mpk) => Buffer.concat([mpk, mpk]),
      (mpk) => Buffer.concat([mpk, Buffer.alloc(9)]),
      (mpk) => Buffer.concat([gzipSync(''), mpk]),
      (mpk) => gzipSync(mpk),
    ),
  },
)

/** MPKs of good entries only, each in a folder of its own. */
export const goodMpk: fc.Arbitrary<Packed> = fc
  .array(goodEntry, { maxLength: 6 })
  .map((entries) => entries.map((entry, index) => inFolder(entry, String(index))))
  .map((entries) => packed(entries, END, asItIs))

/** MPKs in which some entries are bad, or what stands around them. */
export const anyMpk: fc.Arbitrary<Packed> = fc
  .tuple(
    fc.array(fc.oneof({ weight: 2, arbitrary: goodEntry }, { weight: 1, arbitrary: badEntry }), {
      maxLength: 5,
    }),
    end,
    around,
  )
  .map(([entries, tail, wrap]) => packed(entries, tail, wrap))

function inFolder({ part, pax }: Entry, folder: string): Entry {
  if (!pax) return { part: { ...part, name: `${folder}/${String(part.name)}` } }
  return { part, pax: pax.map(([key, value]) => [key, key === 'path' ? `${folder}/${value}` : value]) }
}

function packed(entries: Entry[], tail: Buffer, wrap: Wrap): Packed {
  const all: Entry[] = [{ part: { name: 'manifest.json', data: Buffer.from('{}') } }, ...entries]
  const tars = all.flatMap(({ part, pax, junk }) => [
    junk ?? Buffer.alloc(0),
    buildTar([...(pax ? [paxBlock(pax)] : []), part], Buffer.alloc(0)),
  ])
  const files = new Map(
    all
      .filter(({ part: { type = '0' } }) => type === '0' || type === '\0')
      .map((entry) => [pathOf(entry), blocks(entry.part).subarray(0, declaredBytes(entry.part))]),
  )
  return { bytes: wrap(gzipSync(Buffer.concat([...tars, tail]), { level: 1 })), files }
}

/** The body with what fills its last block, which a size may count in. */
function blocks({ data = Buffer.alloc(0) }: TarPart): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 511)])
}

/** 0 for sizes that are no number. */
function declaredBytes({ size, data }: TarPart): number {
  if (size === undefined) return data?.length ?? 0
  return /^[0-7]{11}$/.test(size) && !size.startsWith('7') ? Number.parseInt(size, 8) : 0
}

function pathOf({ part, pax }: Entry): string {
  const shortName = untilNul(Buffer.from(part.name).toString('utf8', 0, 100))
  const prefix = untilNul(part.prefix ?? '')
  const name = prefix === '' ? shortName : `${prefix}/${shortName}`
  return (pax?.find(([key]) => key === 'path')?.[1] ?? name).replace(/^\.\//, '')
}

function untilNul(field: string): string {
  return field.split('\0', 1)[0] ?? ''
}
