import { expect, test } from 'vitest'
import { withHook, withPlugin } from '../../support/runtime.ts'

/** Enough for every one of these to reach its memory limit first. */
const options = { timeoutMs: 20_000, memoryMb: 32 }

const GREEDY: [string, string][] = [
  ['arrays', 'const all = []; for (;;) all.push(new Array(10000).fill(1.5))'],
  ['objects', 'const all = []; for (;;) all.push({ a: { b: {} } })'],
  [
    'strings',
    `const all = []; for (let i = 0; ; i += 1) all.push(('x' + i).repeat(50000).split('').join('y'))`,
  ],
  ['a map', 'const all = new Map(); for (let i = 0; ; i += 1) all.set(i, { i })'],
  ['closures', 'let f = () => 0; for (;;) { const g = f; const x = [1, 2, 3]; f = () => [g, x] }'],
  ['array buffers', 'const all = []; for (;;) all.push(new Uint8Array(2 ** 20).fill(1))'],
  [
    'resizable array buffers',
    `const all = []
     for (;;) { const b = new ArrayBuffer(0, { maxByteLength: 2 ** 22 }); b.resize(2 ** 22); new Uint8Array(b).fill(1); all.push(b) }`,
  ],
  ['pending host calls', `for (;;) ctx.secrets.get('x'.repeat(1000)).catch(() => {})`],
  ['a set', `const all = new Set(); for (let i = 0; ; i += 1) all.add('k' + i)`],
  ['keys of one object', `const all = {}; for (let i = 0; ; i += 1) all['k' + i] = i`],
  ['globals', `for (let i = 0; ; i += 1) globalThis['k' + i] = new Array(100).fill(i)`],
  ['huge numbers', 'const all = []; let x = 1n; for (;;) all.push((x <<= 100_000n))'],
  ['what recursion leaves behind', 'const f = (n) => [n, new Array(1000).fill(n), f(n + 1)]; return f(0)'],
  [
    'async recursion',
    'const all = []; const f = async (n) => { await null; all.push(new Array(1000).fill(n)); return f(n + 1) }; await f(0)',
  ],
  ['one array', 'return Array.from({ length: 1e9 }).length'],
  ['pieces of one text', `return 'x'.repeat(2 ** 28).split('').length`],
  ['parsed JSON', `return JSON.parse('['.repeat(1e7))`],
  ['moved array buffers', 'const all = []; for (;;) all.push(new ArrayBuffer(2 ** 20).transfer(2 ** 21))'],
  ['a result of 100 MB', `return 'x'.repeat(100 * 2 ** 20)`],
  ['a result of many texts', `return Array(1e7).fill('0123456789')`],
  ['an error of 256 MB', `throw new Error('x'.repeat(2 ** 28))`],
  ['an argument of the host', `await ctx.events.emit('x', 'y'.repeat(2 ** 28))`],
  ['promises', 'const all = []; for (;;) all.push(new Promise(() => {}))'],
]

test.each(GREEDY)('memory filled with %s ends with OUT_OF_MEMORY', async (_name, body) => {
  const result = await withHook(body, options).hook('run')
  expect(result.outcome).toBe('OUT_OF_MEMORY')
  expect(result.error?.message).toBe('The plugin used more memory than its limit.')
})

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
