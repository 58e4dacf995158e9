import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { readArchive } from '../../src/archive/read-archive.ts'
import { buildZip, extraField, type ZipLies, type ZipPart } from './support/hostile-zip.ts'

const DATA = Buffer.from('export default {}\n')
const file = (part: Partial<ZipPart> = {}): ZipPart => ({ name: 'main.js', data: DATA, ...part })
const deflated = (part: Partial<ZipPart> = {}): ZipPart => file({ method: 8, ...part })
const unix = (mode: number): number => mode * 2 ** 16

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
  ['times of NTFS in an extra field', { central: { extra: extraField(0x000a, Buffer.alloc(32)) } }],
  [
    'its own name again in an extra field',
    {
      central: {
        extra: extraField(0x7075, Buffer.concat([Buffer.from([1, 9, 9, 9, 9]), Buffer.from('main.js')])),
      },
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
