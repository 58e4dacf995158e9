import { unzipSync } from 'fflate'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readArchive } from '../../src/archive/read-archive.ts'
import { comparable, expectWholeOrRefused } from './support/expect-whole.ts'
import { anyMpk, goodMpk } from './support/grammar-mpk.ts'
import { anyZip, goodZip, type Packed } from './support/grammar-zip.ts'

const RUNS = { numRuns: 300 }
const formats: [name: string, good: fc.Arbitrary<Packed>, any: fc.Arbitrary<Packed>][] = [
  ['a ZIP', goodZip, anyZip],
  ['an MPK', goodMpk, anyMpk],
]

test.each(formats)('%s of good parts is read, byte for byte', async (_name, good) => {
  await fc.assert(
    fc.asyncProperty(good, async ({ bytes, files }) => {
      const { archive, findings } = await readArchive(bytes)
      expect(findings).toEqual([])
      expect(comparable(archive?.entries ?? new Map())).toEqual(comparable(files))
    }),
    RUNS,
  )
})

test.each(formats)(
  '%s of good and bad parts is read as it was packed, or refused by name',
  async (_name, _good, any) => {
    await fc.assert(
      fc.asyncProperty(any, async (packed) => {
        await expectWholeOrRefused(packed)
      }),
      { numRuns: 1500 },
    )
  },
)

test('a ZIP that is read here holds the same for another reader', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(goodZip, anyZip), async (packed) => {
      // It returns an object, and reads names without the flag for UTF-8 as Latin-1: so contents are compared.
      if (packed.files.has('__proto__') || !(await expectWholeOrRefused(packed))) return
      const read = Object.entries(unzipSync(packed.bytes)).filter(([path]) => !path.endsWith('/'))
      expect(contents(read.map(([, bytes]) => bytes))).toEqual(contents(packed.files.values()))
    }),
    RUNS,
  )
})

function contents(files: Iterable<Uint8Array>): string[] {
  return Array.from(files, (bytes) => Buffer.from(bytes).toString('latin1')).sort()
}

/** Something put in, taken out, or doubled; places are parts of the whole. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(60),
  what: fc.oneof(fc.constantFrom('remove', 'repeat', 'cut'), fc.uint8Array({ minLength: 1, maxLength: 20 })),
})

test.each(formats)(
  '%s with bytes put in, taken out and doubled is read as it was packed, or refused',
  async (_name, good) => {
    await fc.assert(
      fc.asyncProperty(
        good,
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        async ({ bytes, files }, edits) => {
          const edited = edits.reduce((current, { at, length, what }) => {
            const start = Math.floor(at * current.length)
            const [before, part, after] = [
              current.subarray(0, start),
              current.subarray(start, start + length),
              current.subarray(start + length),
            ]
            if (what === 'cut') return before
            if (what === 'remove') return Buffer.concat([before, after])
            return Buffer.concat([before, part, what === 'repeat' ? part : what, after])
          }, Buffer.from(bytes))
          await expectWholeOrRefused({ bytes: edited, files })
        },
      ),
      RUNS,
    )
  },
)
