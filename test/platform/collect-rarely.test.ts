import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const FILE = path.resolve(import.meta.dirname, '../../src/platform/collect-rarely.ts')

/** Keeps something, and then makes much that lives for a while; tells the collections of the old generation. */
const WORK = `
  let collections = 0
  const { PerformanceObserver } = await import('node:perf_hooks')
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().filter(({ detail }) => detail.kind === 4).length
  })
  observer.observe({ entryTypes: ['gc'] })
  const some = (n) => Array.from({ length: 10_000 }, (_, at) => ({ n, at, text: 'x' + n + at }))
  const kept = Array.from({ length: 20 }, (_, n) => some(n))
  // Before the first collection V8 lets a heap grow as it likes.
  gc()
  const passing = []
  for (let n = 0; n < 600; n += 1) {
    passing.push(some(n))
    if (passing.length > 30) passing.shift()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await new Promise(setImmediate)
  process.stdout.write(JSON.stringify({ collections, kept: kept.length }))
`

/** What a process prints that has so much heap. */
async function printedBy(heapMb: number, code: string): Promise<unknown> {
  // Its own heap grows by a tenth at a time unless it is told otherwise.
  const flags = ['--expose-gc', '--heap-growing-percent=10', `--max-old-space-size=${heapMb}`]
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    '--input-type=module',
    '-e',
    code,
  ])
  return JSON.parse(stdout)
}

const IMPORT = `const { collectRarely } = await import(${JSON.stringify(FILE)});`

test('the old generation is collected less than half as often', async () => {
  const [usual, rare] = (await Promise.all([
    printedBy(2100, WORK),
    printedBy(2100, `${IMPORT} collectRarely(); ${WORK}`),
  ])) as { collections: number }[]
  console.log('COUNTS', usual, rare)
  expect(rare!.collections).toBeLessThan(usual!.collections / 2)
})

test.each([
  [2100, 400],
  [1000, 200],
  [500, 0],
])('with a heap of %i MB it may grow by %i%% more', async (heapMb, percent) => {
  const code = `${IMPORT} process.stdout.write(JSON.stringify(collectRarely()))`
  expect(await printedBy(heapMb, code)).toBe(percent)
})
