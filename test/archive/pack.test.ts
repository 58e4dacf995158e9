import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { packMpk, packZip } from '../../src/archive/pack.ts'
import { readArchive } from '../../src/archive/read-archive.ts'

const files = new Map<string, Uint8Array>([
  ['manifest.json', Buffer.from('{"id": "a"}')],
  ['lib/ü.js', Buffer.from('export default 1\n'.repeat(500))],
  ['10', Buffer.alloc(0)],
  ['9', Buffer.from([0, 255])],
  ['__proto__', Buffer.from('a file like others')],
  [`long/${'x'.repeat(120)}/${'y'.repeat(100)}`, Buffer.from('z')],
])
const packers = [
  ['ZIP', async (entries: ReadonlyMap<string, Uint8Array>) => packZip(entries)],
  ['MPK', packMpk],
] as const
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

test.each(packers)('what is packed as %s is read again, byte for byte', async (format, pack) => {
  const { archive, findings } = await readArchive(await pack(files))
  expect(findings).toEqual([])
  expect(archive?.format).toBe(format)
  const read = [...(archive?.entries ?? [])].map(([path, bytes]) => [path, Buffer.from(bytes)])
  const packed = [...files].map(([path, bytes]) => [path, Buffer.from(bytes)])
  expect(new Map(read as [string, Buffer][])).toEqual(new Map(packed as [string, Buffer][]))
})

test.each(packers)('%s has the same digest whatever the order', async (_format, pack) => {
  const reversed = new Map([...files].reverse())
  expect(digest(await pack(reversed))).toBe(digest(await pack(files)))
})

test('the digest does not depend on the time zone', () => {
  const program = `
    import { packZip } from ${JSON.stringify(new URL('../../src/archive/pack.ts', import.meta.url).href)}
    process.stdout.write(Buffer.from(packZip(new Map([['a', new Uint8Array(3)]]))).toString('hex'))`
  const packed = ['UTC', 'Asia/Tokyo', 'America/Los_Angeles'].map((zone) =>
    execFileSync(process.execPath, ['--input-type=module-typescript', '-e', program], {
      env: { TZ: zone },
    }).toString(),
  )
  expect(new Set(packed).size).toBe(1)
})

test('an MPK says nothing about when and where it was packed', async () => {
  const mpk = await packMpk(files)
  expect([...mpk.subarray(4, 8)]).toEqual([0, 0, 0, 0])
  expect(mpk[9]).toBe(0)
})

test('packers refuse nothing: the reader decides', async () => {
  const bad = new Map<string, Uint8Array>([['../a', new Uint8Array(1)]])
  for (const [, pack] of packers) {
    const { findings } = await readArchive(await pack(bad))
    expect(findings.map(({ check }) => check)).toEqual(['archive.path.traversal'])
  }
})
