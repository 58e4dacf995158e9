import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkPackage } from '../../src/archive/check-package.ts'
import { packMpk, packZip } from '../../src/archive/pack.ts'
import { readArchive } from '../../src/archive/read-archive.ts'
import { comparable, expectWholeOrRefused } from './support/expect-whole.ts'
import { buildTar, writeChecksum } from './support/hostile-tar.ts'
import { goodManifest, pluginFiles } from './support/plugin-files.ts'

const RUNS = { numRuns: 400 }
const files = pluginFiles(goodManifest, {
  'lib/a.js': 'export const a = 1\n'.repeat(40),
  'lib/b/c.js': 'export {}\n',
})
const zip = Buffer.from(packZip(files))
const mpk = Buffer.from(await packMpk(files))
const tar = buildTar([...files].map(([name, data]) => ({ name, data: Buffer.from(data) })))

let nextBlock = 0
const headerBlocks = [...files.values()].map((bytes) => {
  const block = nextBlock
  nextBlock += 1 + Math.ceil(bytes.length / 512)
  return block
})

const expectWhole = (bytes: Uint8Array): Promise<boolean> => expectWholeOrRefused({ bytes, files })

const mutations = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 4 })

function mutate(bytes: Buffer, changes: { at: number; byte: number }[]): Buffer {
  const copy = Buffer.from(bytes)
  for (const { at, byte } of changes) copy[at % copy.length] = byte
  return copy
}

test('any bytes are refused without a throw, also behind the signatures of both formats', async () => {
  const signatures = [[], [0x50, 0x4b, 3, 4], [0x50, 0x4b, 5, 6], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0]]
  const bytes = fc.tuple(fc.constantFrom(...signatures), fc.uint8Array({ maxLength: 600 }))
  await fc.assert(
    fc.asyncProperty(bytes, async ([signature, rest]) => {
      const { report, manifest } = await checkPackage(Uint8Array.from([...signature, ...rest]))
      expect(report.valid).toBe(false)
      expect(manifest).toBeNull()
      expect(report.findings.map(({ check }) => check)).not.toContain('archive.reader')
    }),
    RUNS,
  )
})

test('a ZIP with changed bytes gives what was packed, or is refused', async () => {
  await fc.assert(
    fc.asyncProperty(mutations, async (changes) => void (await expectWhole(mutate(zip, changes)))),
    RUNS,
  )
})

test('every single byte of a ZIP can be turned over without a throw or another content', async () => {
  for (let at = 0; at < zip.length; at += 1) {
    await expectWhole(mutate(zip, [{ at, byte: (zip[at] ?? 0) ^ 0xff }]))
    await expectWhole(mutate(zip, [{ at, byte: (zip[at] ?? 0) ^ 0x01 }]))
  }
})

test('an MPK with changed bytes gives what was packed, or is refused', async () => {
  await fc.assert(
    fc.asyncProperty(mutations, async (changes) => void (await expectWhole(mutate(mpk, changes)))),
    RUNS,
  )
})

test('a tar with a changed header byte gives what was packed, or is refused', async () => {
  const headers = fc.record({ block: fc.constantFrom(...headerBlocks), at: fc.nat(511), byte: fc.nat(255) })
  await fc.assert(
    fc.asyncProperty(headers, async ({ block, at, byte }) => {
      await expectWhole(gzipSync(mutate(tar, [{ at: block * 512 + at, byte }]), { level: 1 }))
    }),
    RUNS,
  )
})

test('a tar whose headers say anything, with the right checksum, is read or refused without a throw', async () => {
  const change = fc.record({ block: fc.constantFrom(...headerBlocks), at: fc.nat(511), byte: fc.nat(255) })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const copy = Buffer.from(tar)
      for (const { block, at, byte } of changes) {
        copy[block * 512 + at] = byte
        writeChecksum(copy.subarray(block * 512, (block + 1) * 512))
      }
      const { archive, findings } = await readArchive(gzipSync(copy, { level: 1 }))
      expect(findings.map(({ check }) => check)).not.toContain('archive.reader')
      expect(archive === null).toBe(findings.length > 0)
    }),
    RUNS,
  )
})

test('parts of archives in any order and number are refused or whole', async () => {
  const part = fc
    .tuple(fc.nat(zip.length), fc.nat(zip.length))
    .map(([a, b]) => zip.subarray(Math.min(a, b), Math.max(a, b)))
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
      await expectWhole(Buffer.concat([zip, ...parts]))
      await expectWhole(Buffer.concat([...parts, zip]))
    }),
    { numRuns: 200 },
  )
})

test('files of any good name and content survive both packers', async () => {
  const segment = fc
    .stringMatching(/^[a-z0-9_-]{1,12}(?:\.[a-z]{1,4})?$/)
    .filter((name) => !/^(?:con|aux|nul|prn|com|lpt)/.test(name))
  const path = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((segments) => ['f', ...segments, 'end.txt'].join('/'))
  const content = fc.uint8Array({ maxLength: 2000 })
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(path, content), { selector: ([name]) => name, minLength: 1, maxLength: 8 }),
      async (list) => {
        const packed = new Map<string, Uint8Array>([...list, ['manifest.json', Buffer.from('{}')]])
        for (const bytes of [packZip(packed), await packMpk(packed)]) {
          const { archive } = await readArchive(bytes)
          if (archive) expect(comparable(archive.entries)).toEqual(comparable(packed))
          else
            expect((await readArchive(bytes)).findings.map(({ check }) => check)).toEqual([
              'archive.path.conflict',
            ])
        }
      },
    ),
    { numRuns: 100 },
  )
})
