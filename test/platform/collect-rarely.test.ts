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
  const passing = []
  for (let n = 0; n < 600; n += 1) {
    passing.push(some(n))
    if (passing.length > 30) passing.shift()
    if (n % 20 === 0) await new Promise(setImmediate)
  }
  await new Promise(setImmediate)
  process.stdout.write(JSON.stringify({ collections, kept: kept.length }))
`

/** Of a heap that grows by a tenth at a time unless it is told otherwise. */
async function collectionsWith(heapMb: number, before: string): Promise<number> {
  const args = [
    '--heap-growing-percent=10',
    `--max-old-space-size=${heapMb}`,
    '--input-type=module',
    '-e',
    `${before}\n${WORK}`,
  ]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return (JSON.parse(stdout) as { collections: number }).collections
}

test('the old generation is collected less than half as often, and as ever where memory is scarce', async () => {
  const rarely = `const { collectRarely } = await import(${JSON.stringify(FILE)}); collectRarely()`
  const [usual, rare, scarce] = await Promise.all([
    collectionsWith(2100, ''),
    collectionsWith(2100, rarely),
    collectionsWith(500, rarely),
  ])
  expect(rare).toBeLessThan(usual / 2)
  expect(scarce).toBeGreaterThan(2 * rare)
})
