/** Bodies of async functions of `ctx` and `input` that end with OUT_OF_MEMORY, by what they take it with. */
export const FILLING_MEMORY: Record<string, [name: string, body: string][]> = {
  'memory by objects': [
    ['arrays', 'const all = []; for (;;) all.push(new Array(10000).fill(1.5))'],
    ['objects', 'const all = []; for (;;) all.push({ a: { b: {} } })'],
    ['a map', 'const all = new Map(); for (let i = 0; ; i += 1) all.set(i, { i })'],
    ['closures', 'let f = () => 0; for (;;) { const g = f; const x = [1, 2, 3]; f = () => [g, x] }'],
    ['pending host calls', `for (;;) ctx.secrets.get('x'.repeat(1000)).catch(() => {})`],
    ['a set', `const all = new Set(); for (let i = 0; ; i += 1) all.add('k' + i)`],
    ['keys of one object', `const all = {}; for (let i = 0; ; i += 1) all['k' + i] = i`],
    ['globals', `for (let i = 0; ; i += 1) globalThis['k' + i] = new Array(100).fill(i)`],
    ['what recursion leaves behind', 'const f = (n) => [n, new Array(1000).fill(n), f(n + 1)]; return f(0)'],
    [
      'async recursion',
      'const all = []; const f = async (n) => { await null; all.push(new Array(1000).fill(n)); return f(n + 1) }; await f(0)',
    ],
    ['promises', 'const all = []; for (;;) all.push(new Promise(() => {}))'],
    [
      'what waits for a promise',
      'await Promise.race({ [Symbol.iterator]: () => ({ next: () => ({ value: 1 }) }) })',
    ],
  ],
  'memory by what leaves: results, errors, texts': [
    [
      'strings',
      `const all = []; for (let i = 0; ; i += 1) all.push(('x' + i).repeat(50000).split('').join('y'))`,
    ],
    ['one array', 'return Array.from({ length: 1e9 }).length'],
    ['pieces of one text', `return 'x'.repeat(2 ** 28).split('').length`],
    ['parsed JSON', `return JSON.parse('['.repeat(1e7))`],
    ['a result of 100 MB', `return 'x'.repeat(100 * 2 ** 20)`],
    ['a result of many texts', `return Array(1e7).fill('0123456789')`],
    ['an error of 256 MB', `throw new Error('x'.repeat(2 ** 28))`],
    ['an argument of the host', `await ctx.events.emit('x', 'y'.repeat(2 ** 28))`],
  ],
  'memory by buffers and numbers': [
    ['array buffers', 'const all = []; for (;;) all.push(new Uint8Array(2 ** 20).fill(1))'],
    [
      'resizable array buffers',
      `const all = []
     for (;;) { const b = new ArrayBuffer(0, { maxByteLength: 2 ** 22 }); b.resize(2 ** 22); new Uint8Array(b).fill(1); all.push(b) }`,
    ],
    ['huge numbers', 'const all = []; let x = 1n; for (;;) all.push((x <<= 100_000n))'],
    ['moved array buffers', 'const all = []; for (;;) all.push(new ArrayBuffer(2 ** 20).transfer(2 ** 21))'],
  ],
}
