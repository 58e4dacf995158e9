import type { Refusal } from './refusal.ts'

/** Files that are no archive of ours at all. */
export const refusedFiles: readonly Refusal[] = [
  { rule: 'nothing', check: 'archive.format', bytes: Buffer.alloc(0) },
  { rule: 'one byte', check: 'archive.format', bytes: Buffer.from('P') },
  { rule: 'text', check: 'archive.format', bytes: Buffer.from('{"id": "no-archive"}') },
  { rule: 'an image', check: 'archive.format', bytes: Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]) },
  {
    rule: 'a bare tar',
    check: 'archive.format',
    bytes: Buffer.concat([Buffer.from('main.js'), Buffer.alloc(1529)]),
  },
  { rule: 'something of xz', check: 'archive.format', bytes: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) },
  {
    rule: 'a record that begins no ZIP',
    check: 'archive.format',
    bytes: Buffer.from('PK\u0001\u0002 and more'),
  },
  { rule: 'the first bytes of a ZIP', check: 'archive.truncated', bytes: Buffer.from('PK\u0003\u0004') },
  { rule: 'the first bytes of a gzip', check: 'archive.truncated', bytes: Buffer.from([0x1f, 0x8b]) },
]
