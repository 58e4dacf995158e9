import { expect, test } from 'vitest'
import { withHook, withPlugin } from '../../support/runtime.ts'
import { FILLING_MEMORY } from './filling-memory.ts'

/** Enough for every one of these to reach its memory limit first, on a busy machine too: they run at a low priority. */
const options = { timeoutMs: 50_000, memoryMb: 32 }

test.each(Object.values(FILLING_MEMORY).flat())(
  'memory filled with %s ends with OUT_OF_MEMORY',
  async (_name, body) => {
    const result = await withHook(body, options).hook('run')
    expect(result.outcome).toBe('OUT_OF_MEMORY')
    expect(result.error?.message).toMatch(/^The code used more memory than its limit of \d+ MB\.$/)
  },
  60_000,
)

test('what catches that there is no memory ends with it all the same', async () => {
  const body = 'const all = []; for (;;) { try { all.push(new Array(1e6).fill(1)) } catch {} }'
  expect((await withHook(body, options).hook('run')).outcome).toBe('OUT_OF_MEMORY')
})

test('memory filled while loading ends with OUT_OF_MEMORY', async () => {
  const source = 'const all = []; for (;;) all.push(new Array(10000).fill(1.5))'
  expect((await withPlugin({ 'main.js': source }, options).hook('x')).outcome).toBe('OUT_OF_MEMORY')
})

test('recursion without end is an ordinary error', async () => {
  const result = await withHook('const f = () => f() + 1; return f()', options).hook('run')
  expect(result).toMatchObject({ outcome: 'ERROR', error: { name: 'RangeError' } })
})

test('one string or buffer that could never be held is an ordinary error', async () => {
  for (const body of [
    `'x'.repeat(2 ** 30)`,
    'new ArrayBuffer(2 ** 40)',
    'new Array(-1)',
    `let s = 'x'; for (;;) s += s`,
  ]) {
    expect(await withHook(body, options).hook('run')).toMatchObject({
      outcome: 'ERROR',
      error: { name: 'RangeError' },
    })
  }
})

test('a plugin that stays below its limit may use it again and again', async () => {
  const body = `let sum = 0
    for (let round = 0; round < 20; round += 1) sum += new Array(1_000_000).fill(round).length
    return sum`
  const plugin = withHook(body, { memoryMb: 64, timeoutMs: 20_000 })
  for (let round = 0; round < 3; round += 1) {
    expect(await plugin.hook('run')).toMatchObject({ outcome: 'OK', value: 20_000_000 })
  }
})
