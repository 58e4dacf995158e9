import { randomBytes } from 'node:crypto'
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import type { ArchiveCheckName } from '../../../src/archive/archive-checks.ts'
import { KiB, MiB } from '../../../src/lib/units.ts'
import { buildMpk, buildTar, paxBlock, type TarPart } from './hostile-tar.ts'
import { buildZip, extraField, type ZipPart } from './hostile-zip.ts'

/** An archive that would cost memory, what it is refused for, and the name of the rule. */
export type Bomb = [rule: string, check: ArchiveCheckName, make: () => Buffer]

/** A Greek letter takes two bytes in a file and two in memory, and so does all text around it. */
const greek = (bytes: number): string => 'α'.repeat(Math.floor(bytes / 2))
const numbered = <Part>(count: number, part: (index: number) => Part): Part[] =>
  Array.from({ length: count }, (_, index) => part(index))
/** So that an archive of zeros keeps to the ratio. */
const ballast = (bytes: number): Buffer => randomBytes(bytes)

const zeros = Buffer.alloc(10 * MiB)
const packedZeros = deflateRawSync(zeros, { level: 9 })
const zerosCrc = crc32(zeros)
const zeroEntry = (name: string, unpackedBytes = zeros.length): ZipPart => {
  const header = { crc: zerosCrc, unpackedBytes, packedBytes: packedZeros.length }
  return { name, method: 8, packed: packedZeros, local: header, central: header }
}
const manyNames = (count: number, name: (index: number) => string): Buffer =>
  buildZip(numbered(count, (index) => ({ name: name(index) })))

const zipBombs: Bomb[] = [
  [
    '200 entries of 10 MiB, 1,000 to 1',
    'archive.size.unpacked',
    () => buildZip(numbered(200, (index) => zeroEntry(`${index}`))),
  ],
  [
    '1,000 entries of 10 MiB that say 1,000 bytes',
    'archive.size.declared',
    () => buildZip(numbered(1000, (index) => zeroEntry(`${index}`, 1000))),
  ],
  [
    'an entry of 200 MiB that says 10 MiB',
    'archive.size.declared',
    () => {
      const packed = deflateRawSync(Buffer.alloc(200 * MiB))
      const header = { crc: 0, unpackedBytes: 10 * MiB, packedBytes: packed.length }
      return buildZip([{ name: 'a', method: 8, packed, local: header, central: header }])
    },
  ],
  [
    'a ratio of 1,000 below the other limits',
    'archive.ratio',
    () => buildZip(numbered(9, (index) => zeroEntry(`${index}`))),
  ],
  [
    '95 MiB that are sound but for the CRC of the last entry',
    'archive.crc',
    () => {
      const wrong = { crc: 1 }
      const last: ZipPart = { name: 'z', data: ballast(1.2 * MiB), local: wrong, central: wrong }
      return buildZip([...numbered(9, (index) => zeroEntry(`${index}`)), last])
    },
  ],
  [
    '95 MiB in small files, each with a wrong CRC',
    'archive.crc',
    () => {
      const data = Buffer.alloc(64 * KiB)
      const wrong = { crc: 1 }
      const parts = numbered(1500, (index) => ({
        name: `${index}`,
        data,
        method: 8,
        local: wrong,
        central: wrong,
      }))
      return buildZip([...parts, { name: 'z', data: ballast(MiB) }])
    },
  ],
  [
    'a thousand entries in the bytes of one',
    'archive.overlap',
    () =>
      buildZip([
        zeroEntry('a'),
        ...numbered(1000, (index) => ({
          ...zeroEntry(`${index}`),
          central: { ...zeroEntry('').central, offset: 0 },
        })),
      ]),
  ],
  ['65,534 entries', 'archive.entries', () => manyNames(65_534, (index) => `${index}`)],
  ['150 names of 64 KiB', 'archive.path.length', () => manyNames(150, (index) => `${index}${greek(65_000)}`)],
  [
    '2,000 names of folders in folders',
    'archive.path.depth',
    () => manyNames(2000, (index) => `${'a/'.repeat(115)}${index}`),
  ],
  [
    '150 entries with 64 KiB of extra fields',
    'archive.zip.extra-field',
    () => {
      const extra = Buffer.concat(numbered(16_000, () => extraField(0xcafe, Buffer.alloc(0))))
      return buildZip(numbered(150, (index) => ({ name: `${index}`, local: { extra }, central: { extra } })))
    },
  ],
  [
    '19 MiB stored, with wrong CRCs',
    'archive.crc',
    () => {
      const wrong = { crc: 1 }
      return buildZip(
        numbered(19, (index) => ({ name: `${index}`, data: ballast(MiB), local: wrong, central: wrong })),
      )
    },
  ],
]

const zeroFile = (name: string): TarPart => ({ name, data: zeros })
const almostAll = [...numbered(9, (index) => zeroFile(`${index}`)), { name: 'z', data: ballast(1.2 * MiB) }]
const withLast = (mpk: Buffer, fromEnd: number): Buffer => {
  mpk[mpk.length - fromEnd] = (mpk[mpk.length - fromEnd] ?? 0) ^ 1
  return mpk
}

const mpkBombs: Bomb[] = [
  ['200 MiB of zeros', 'archive.trailing-data', () => gzipSync(Buffer.alloc(200 * MiB))],
  [
    'a tar of 200 MiB, 1,000 to 1',
    'archive.ratio',
    () => buildMpk(numbered(20, (index) => zeroFile(`${index}`))),
  ],
  [
    'a file of 8 GiB that is not there',
    'archive.size.entry',
    () => buildMpk([{ name: 'a', size: '77777777777' }]),
  ],
  ['91 MiB that are sound but for the CRC', 'archive.crc', () => withLast(buildMpk(almostAll), 8)],
  ['91 MiB without an end', 'archive.truncated', () => gzipSync(buildTar(almostAll, Buffer.alloc(0)))],
  [
    '91 MiB with a link at the end',
    'archive.type.symlink',
    () => buildMpk([...almostAll, { name: 'link', type: '2', linkName: 'a' }]),
  ],
  [
    '91 MiB and a second member',
    'archive.gzip.members',
    () => Buffer.concat([buildMpk(almostAll), buildMpk(almostAll)]),
  ],
  [
    'a PAX block of 8 GiB',
    'archive.tar.pax',
    () => buildMpk([{ name: 'x', type: 'x', size: '77777777777' }]),
  ],
  [
    '2,000 PAX paths of 16 KiB',
    'archive.path.length',
    () =>
      buildMpk([
        ...numbered(1999, (index) => [
          paxBlock([['path', `${index}${greek(16_000)}`]]),
          { name: 'a' },
        ]).flat(),
        { name: 'z', data: ballast(MiB) },
      ]),
  ],
  [
    '100,000 entries',
    'archive.entries',
    () => buildMpk(numbered(100_000, (index) => ({ name: `${index}` }))),
  ],
  [
    '19 MiB that do not compress, with something behind',
    'archive.trailing-data',
    () =>
      Buffer.concat([
        buildMpk(numbered(19, (index) => ({ name: `${index}`, data: ballast(MiB) }))),
        Buffer.from('more'),
      ]),
  ],
]

export const bombs: readonly Bomb[] = [...zipBombs, ...mpkBombs]
