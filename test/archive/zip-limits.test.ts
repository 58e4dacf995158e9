import { expect, test } from 'vitest'
import { readArchive } from '../../src/archive/read-archive.ts'
import { buildZip, type ZipPart } from './support/hostile-zip.ts'

const DATA = Buffer.from('export default {}\n')
const file = (part: Partial<ZipPart> = {}): ZipPart => ({ name: 'main.js', data: DATA, ...part })
const deflated = (part: Partial<ZipPart> = {}): ZipPart => file({ method: 8, ...part })
const unix = (mode: number): number => mode * 2 ** 16

test('a ZIP that is cut off anywhere is refused', async () => {
  const whole = buildZip([file(), deflated({ name: 'lib/b.js' })])
  for (let length = 4; length < whole.length; length += 1) {
    const { archive, findings } = await readArchive(whole.subarray(0, length))
    expect(archive, `${length} bytes`).toBeNull()
    expect(findings[0]?.severity).toBe('ERROR')
  }
})

test('a ZIP that claims gigabytes is refused by its claim, and one that hides them by its declared size', async () => {
  const claim = { unpackedBytes: 3_000_000_000 }
  const claims = await readArchive(buildZip([deflated({ local: claim, central: claim })]))
  expect(claims.findings.map(({ check }) => check)).toEqual(['archive.size.entry'])
  const hide = { unpackedBytes: 100 }
  const hides = await readArchive(
    buildZip([deflated({ data: Buffer.alloc(30_000_000), local: hide, central: hide })]),
  )
  expect(hides.findings.map(({ check }) => check)).toEqual(['archive.size.declared'])
})

test('all that is wrong is told at once, and no more than twenty findings a check', async () => {
  const parts = Array.from({ length: 50 }, (_, index) => file({ name: `../${index}` }))
  const { findings } = await readArchive(
    buildZip([...parts, file({ name: 'a:b', central: { attributes: unix(0o120777) } })]),
  )
  expect(findings.filter(({ check }) => check === 'archive.path.traversal')).toHaveLength(21)
  expect(findings.at(-1)?.message).toBe('At least 30 more of the same kind.')
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['archive.path.drive', 'archive.type.symlink']),
  )
})
