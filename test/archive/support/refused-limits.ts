import { gzipSync } from 'node:zlib'
import type { ArchiveCheckName } from '../../../src/archive/archive-checks.ts'
import { type ArchiveLimits, defaultArchiveLimits } from '../../../src/archive/limits.ts'
import { buildMpk } from './hostile-tar.ts'
import { buildZip } from './hostile-zip.ts'
import type { Refusal } from './refusal.ts'

/** Small, so that small archives are over them; each row changes what must not be in its way. */
const limits: ArchiveLimits = {
  packedBytes: 4000,
  unpackedBytes: 1500,
  entries: 3,
  entryBytes: 1000,
  ratio: 20,
  pathBytes: 30,
  depth: 3,
}
type Entry = [name: string, bytes: number]

const over: [rule: string, check: ArchiveCheckName, entries: Entry[], other?: Partial<ArchiveLimits>][] = [
  ['more packed bytes', 'archive.size.packed', [['a', 100]], { packedBytes: 50 }],
  ['more bytes in an entry', 'archive.size.entry', [['a', 1001]]],
  [
    'more bytes in all',
    'archive.size.unpacked',
    [
      ['a', 800],
      ['b', 800],
    ],
    { ratio: 1000 },
  ],
  ['more bytes for each packed one', 'archive.ratio', [['a', 1000]], { ratio: 2 }],
  [
    'more entries',
    'archive.entries',
    [
      ['a', 0],
      ['b', 0],
      ['c', 0],
      ['d', 0],
    ],
  ],
  ['a longer path', 'archive.path.length', [['p'.repeat(31), 0]]],
  ['a deeper path', 'archive.path.depth', [['a/b/c/d', 0]]],
]

const zeros = (bytes: number): Buffer => Buffer.alloc(bytes)

/** Archives over each limit, in both formats, that are sound otherwise. */
export const refusedLimits: readonly Refusal[] = [
  ...over.flatMap(([rule, check, entries, other]) => [
    {
      rule: `a ZIP with ${rule} than allowed`,
      check,
      bytes: buildZip(entries.map(([name, bytes]) => ({ name, data: zeros(bytes), method: 8 }))),
      limits: { ...limits, ...other },
    },
    {
      rule: `an MPK with ${rule} than allowed`,
      check,
      bytes: buildMpk(entries.map(([name, bytes]) => ({ name, data: zeros(bytes) }))),
      limits: { ...limits, ...other },
    },
  ]),
  {
    rule: 'an MPK of nothing but zeros',
    check: 'archive.trailing-data',
    bytes: gzipSync(zeros(50_000_000)),
    limits: defaultArchiveLimits,
  },
  {
    rule: 'an MPK whose tar is longer than its entries can be',
    check: 'archive.size.unpacked',
    bytes: gzipSync(zeros(50_000)),
    limits: { ...limits, entries: 1, unpackedBytes: 100 },
  },
]
