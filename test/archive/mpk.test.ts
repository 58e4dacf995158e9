import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readArchive } from '../../src/archive/read-archive.ts'
import { buildMpk, paxBlock, type TarPart } from './support/hostile-tar.ts'

const DATA = Buffer.from('export default {}\n')
const file = (part: Partial<TarPart> = {}): TarPart => ({ name: 'main.js', data: DATA, ...part })
const empty = Buffer.alloc(0)
const zeros = (blocks: number): Buffer => Buffer.alloc(blocks * 512)
const good = buildMpk([file()])
const flagged = (flags: number, ...inserted: Buffer[]): Buffer => {
  const header = Buffer.from(good.subarray(0, 10))
  header[3] = flags
  return Buffer.concat([header, ...inserted, good.subarray(10)])
}

const accepted: [rule: string, mpk: Buffer, path: string][] = [
  ['a plain file', good, 'main.js'],
  ['a file of an old writer', buildMpk([file({ type: '\0' })]), 'main.js'],
  ['the header of GNU', buildMpk([file({ magic: 'ustar  \0' })]), 'main.js'],
  ['a user of a directory service', buildMpk([file({ userId: '\u0080\0\0\0\u0040\0\0\u0001' })]), 'main.js'],
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
