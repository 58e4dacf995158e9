/** Bodies of async functions of `ctx` and `input` that end with TIMEOUT, by what they take the time with. */
export const NEVER_ENDING: Record<string, [name: string, body: string][]> = {
  loops: [
    ['a loop', 'for (;;);'],
    ['a loop after an await', 'await null; for (;;);'],
    ['a loop after a call of the host', `await ctx.secrets.get('A'); for (;;);`],
    ['a loop that leaves a rejection behind', `Promise.reject(new Error('left')); for (;;);`],
    ['a loop in what ends a loop', 'try { for (;;); } finally { for (;;); }'],
  ],
  'promises, microtasks, timers and imports': [
    ['a loop in a timer', 'setTimeout(() => { for (;;); }, 1); await new Promise(() => {})'],
    ['a promise that never settles', 'await new Promise(() => {})'],
    ['a thenable that never settles', 'return { then() {} }'],
    [
      'a storm of microtasks',
      'const storm = () => Promise.resolve().then(storm); storm(); await new Promise(() => {})',
    ],
    [
      'a storm of microtasks after the answer',
      'const storm = () => Promise.resolve().then(storm); storm(); return 1',
    ],
    ['a storm of timers', 'const again = () => setTimeout(again, 0); again(); await new Promise(() => {})'],
    [
      'a million timers',
      'for (let i = 0; i < 1e6; i += 1) setTimeout(() => {}, 0); await new Promise(() => {})',
    ],
    ['a storm of imports', `for (;;) await import('./main.js').catch(() => {})`],
    ['a thenable that gives itself', 'const self = { then(resolve) { resolve(self) } }; return self'],
    [
      'a promise whose species loops',
      'class P extends Promise { static get [Symbol.species]() { for (;;); } }; return new P((resolve) => resolve(1)).then((it) => it)',
    ],
    [
      // Of promises of its own: what waits for others fills memory, which may be what ends it.
      'an iterable without end that is awaited',
      `class P { constructor(begin) { begin(() => {}, () => {}) } static resolve() { return { then() {} } } }
     await Promise.race.call(P, { [Symbol.iterator]: () => ({ next: () => ({ value: 1 }) }) })`,
    ],
    [
      'an async iterator of thenables',
      'for await (const x of { [Symbol.asyncIterator]: () => ({ next: () => ({ then(r) { r({ value: 1 }) } }) }) });',
    ],
  ],
  'what the engine calls by itself': [
    [
      'a built-in loop that the engine cannot stop',
      'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)',
    ],
    ['a sort whose comparison loops', '[1, 2].sort(() => { for (;;); })'],
    ['a regular expression that backtracks', `/^(a+)+$/.test('a'.repeat(60) + 'b')`],
    ['an endless iterator', 'for await (const x of (async function* () { for (;;) yield 1 })());'],
    ['a result whose getter loops', 'return { get a() { for (;;); } }'],
    ['a result whose toJSON loops', 'return { toJSON() { for (;;); } }'],
    ['a result whose proxy loops', 'return new Proxy({}, { ownKeys() { for (;;); } })'],
    ['an error whose message loops', 'throw { get message() { for (;;); } }'],
    [
      'a rejection that nobody handles and whose message loops',
      'Promise.reject({ get message() { for (;;); } }); return 1',
    ],
    ['a thrown thing whose conversion loops', 'console.log({ toJSON() { for (;;); } })'],
    ['an argument of the host whose getter loops', `await ctx.events.emit('x', { get a() { for (;;); } })`],
    ['a logged proxy that loops', 'console.log(new Proxy({}, { get() { for (;;); } }))'],
    ['an error whose stack loops', 'throw { get stack() { for (;;); } }'],
    ['stacks that are made by a loop', 'Error.prepareStackTrace = () => { for (;;); }; null.x'],
    ['a toJSON of every object that loops', 'Object.prototype.toJSON = () => { for (;;); }; return { a: 1 }'],
    ['a conversion of a huge number', '(1n << 2n ** 29n).toString()'],
    [
      'a loop in what closes an iterator',
      'function* g() { try { yield 1 } finally { for (;;); } } for (const x of g()) break',
    ],
  ],
  'floods of the host': [
    ['a flood of host calls', `for (;;) ctx.secrets.get('A').catch(() => {})`],
    ['a flood of awaited host calls', `for (;;) try { await ctx.secrets.get('A') } catch {}`],
    ['a flood of log lines', `for (;;) console.log('x')`],
    [
      'a million calls of the host',
      `for (let i = 0; i < 1e6; i += 1) ctx.secrets.get('A').catch(() => {}); for (;;);`,
    ],
    ['a chain of host calls that the host answers slowly', `for (;;) await ctx.hooks.call('slow', 1)`],
  ],
}
