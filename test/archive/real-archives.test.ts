import { expect, test } from 'vitest'
import { zipSync } from 'fflate'
import { readArchive } from '../../src/archive/read-archive.ts'
import { buildZip } from './support/hostile-zip.ts'

const text = (content: string): Uint8Array => Buffer.from(content)

test('the single folder at the root, as GitHub makes it, is no part of the paths', async () => {
  const zip = zipSync({ 'plugin-1.0': { 'manifest.json': text('{}'), lib: { 'a.js': text('1') } } })
  const { archive } = await readArchive(zip)
  expect([...(archive?.entries.keys() ?? [])].sort()).toEqual(['lib/a.js', 'manifest.json'])
})

test('two folders at the root stay', async () => {
  const { archive } = await readArchive(zipSync({ 'a/b.js': text('1'), 'c/d.js': text('2') }))
  expect([...(archive?.entries.keys() ?? [])]).toEqual(['a/b.js', 'c/d.js'])
})

test('a file beside the folder keeps it', async () => {
  const { archive } = await readArchive(zipSync({ 'lib/b.js': text('1'), 'manifest.json': text('{}') }))
  expect([...(archive?.entries.keys() ?? [])]).toEqual(['lib/b.js', 'manifest.json'])
})

test('what macOS adds is left out, told, and does not hide the single folder', async () => {
  const zip = buildZip([
    { name: 'plugin/', central: { attributes: 0o040755 * 2 ** 16 } },
    { name: 'plugin/manifest.json', data: Buffer.from('{}'), method: 8, descriptor: 'signed' },
    { name: '__MACOSX/plugin/._manifest.json', data: Buffer.from('fork') },
    { name: 'plugin/.DS_Store', data: Buffer.from('view') },
  ])
  const { archive, findings } = await readArchive(zip)
  expect([...(archive?.entries.keys() ?? [])]).toEqual(['manifest.json'])
  expect(findings.map(({ severity, check }) => `${severity} ${check}`)).toEqual([
    'INFO archive.ignored',
    'INFO archive.ignored',
  ])
})

test('bytes that are a view into something larger are read as they are', async () => {
  const zip = zipSync({ 'manifest.json': text('{}') })
  const around = new Uint8Array(zip.length + 20).fill(0x50)
  around.set(zip, 7)
  const { archive } = await readArchive(around.subarray(7, 7 + zip.length))
  expect(archive?.entries.get('manifest.json')).toEqual(Buffer.from('{}'))
})

test('every check that was made is listed, passed or not', async () => {
  const good = await readArchive(zipSync({ 'manifest.json': text('{}') }))
  expect(good.checks.every(({ passed }) => passed)).toBe(true)
  const names = good.checks.map(({ check }) => check)
  expect(names).toEqual(expect.arrayContaining(['archive.format', 'archive.path.traversal', 'archive.crc']))
  expect(names).not.toContain('archive.tar.header')
  const refused = await readArchive(buildZip([{ name: '../a' }]))
  expect(refused.checks).toContainEqual({
    check: 'archive.path.traversal',
    category: 'ARCHIVE',
    passed: false,
  })
  expect(refused.checks).toContainEqual({ check: 'archive.overlap', category: 'ARCHIVE', passed: true })
  expect(refused.checks.map(({ check }) => check)).not.toContain('archive.crc')
})
