import { expect, test } from 'vitest'
import type { JsonValue } from '../../../src/lib/json.ts'
import { withHook, withPlugin } from '../../support/runtime.ts'

const capabilities = {
  'events.emit': async (input: JsonValue) => input,
  'secrets.get': async () => 'x',
}

test('what a plugin does to promises, arrays and JSON changes what it gets, and nothing of the host', async () => {
  const source = `
    Promise.prototype.then = Promise.prototype.catch = function () { return 'mine' }
    Object.defineProperty(Promise, Symbol.species, { value: class { constructor() { throw new Error('mine') } } })
    JSON.stringify = () => '{"forged":true}'
    JSON.parse = () => ({ kind: 'HOOK', name: 'other' })
    Reflect.apply = () => 'mine'
    String.prototype.slice = () => 'mine'
    Error.captureStackTrace = undefined
    export default { hooks: {
      run: async (ctx) => { try { await ctx.mail.send({}) } catch (error) { return [error.code, await ctx.secrets.get('x')] } },
      other: () => 'the wrong one',
    } }`
  const plugin = withPlugin({ 'main.js': source }, { capabilities })
  expect(await plugin.hook('run')).toMatchObject({
    outcome: 'OK',
    value: ['PERMISSION_DENIED', 'x'],
    hostCalls: 2,
    deniedCalls: 1,
  })
})

test('a plugin that takes the built-ins away only confuses itself', async () => {
  const source = `
    globalThis.Promise = globalThis.Map = globalThis.Object = globalThis.Error = undefined
    Array.prototype[Symbol.iterator] = function* () { yield 'mine' }
    export default { hooks: { run: async (ctx) => await ctx.secrets.get('x'), other: () => 1 } }`
  expect((await withPlugin({ 'main.js': source }, { capabilities }).hook('run')).outcome).toBe('ERROR')
  expect((await withHook('return 1').hook('run')).value).toBe(1)
})

test('an answer of the host with keys that pollute prototypes pollutes none in the plugin', async () => {
  const dangerous = {
    'events.emit': async () => JSON.parse('{"__proto__":{"polluted":1},"a":2}') as JsonValue,
  }
  const body = `const answer = await ctx.events.emit('x.y', {})
    return [({}).polluted ?? 'clean', Object.keys(answer), Object.getPrototypeOf(answer) === Object.prototype, answer.a]`
  const result = await withHook(body, { capabilities: dangerous }).hook('run', { a: 1 })
  expect(result.value).toEqual(['clean', ['__proto__', 'a'], true, 2])
  const merged = withHook(`return [Object.assign({}, input).polluted ?? 'clean', ({}).polluted ?? 'clean']`)
  const hostile = JSON.parse('{"__proto__":{"polluted":1}}') as JsonValue
  expect((await merged.hook('run', hostile)).value).toEqual([1, 'clean'])
})

test('getters and proxies in arguments are read in the sandbox, and what they throw is its own', async () => {
  const body = `
    const tries = [
      () => ctx.events.emit('x.y', { get a() { throw new RangeError('mine') } }),
      () => ctx.events.emit('x.y', new Proxy({}, { ownKeys() { throw new RangeError('mine') } })),
      () => ctx.events.emit({ toJSON() { throw new RangeError('mine') } }, {}),
      () => ctx.http.fetch({ toString() { throw new RangeError('mine') } }),
      () => ctx.secrets.get(10n),
      () => ctx.collections[Symbol.iterator],
      () => ctx.collections['__proto__'].find({}),
    ]
    const ends = []
    for (const attempt of tries) { try { const it = await attempt(); ends.push(it === undefined ? 'nothing' : it) } catch (error) { ends.push(error.name) } }
    const seen = await ctx.events.emit('x.y', new Proxy({ a: 1 }, { get: (target, key) => key === 'toJSON' ? undefined : 'seen ' + String(key) }))
    return [...ends, seen.payload]`
  const { value } = await withHook(body, { capabilities }).hook('run')
  expect(value).toEqual([
    'RangeError',
    'RangeError',
    'RangeError',
    'RangeError',
    'TypeError',
    'nothing',
    'PermissionDenied',
    { a: 'seen a' },
  ])
})

test('one answer counts: what is said after it, or in the name of another invocation, is nobody’s', async () => {
  const source = `
    let release
    export default { hooks: {
      waits: () => new Promise((resolve) => { release = resolve }),
      twice: () => { release('first'); release('second'); return { then(resolve, reject) { resolve('mine'); reject(new Error('no')); throw new Error('no') } } },
    } }`
  const plugin = withPlugin({ 'main.js': source })
  const waiting = plugin.hook('waits')
  expect((await plugin.hook('twice')).value).toBe('mine')
  expect((await waiting).value).toBe('first')
})

test('a context that outlives its invocation can neither ask, nor log, nor answer', async () => {
  const source = `
    let kept
    export default { hooks: {
      keep: (ctx) => { kept = ctx; return 'kept' },
      use: async () => {
        kept.log.info('in the name of another')
        const ends = await Promise.allSettled([kept.secrets.get('x'), kept.events.emit('x.y', {}), kept.http.fetch('https://example.com')])
        return ends.map(({ reason }) => reason?.code)
      },
    } }`
  const plugin = withPlugin({ 'main.js': source }, { capabilities })
  expect((await plugin.hook('keep')).value).toBe('kept')
  expect(await plugin.hook('use')).toMatchObject({
    value: ['CALL_ENDED', 'CALL_ENDED', 'CALL_ENDED'],
    hostCalls: 0,
    logs: [],
  })
})

test('timers that are left behind neither fire, nor keep the isolate from the next call', async () => {
  const body = `if (input.again) return globalThis.fired ?? 'none'
    Promise.reject(new Error('left'))
    for (let i = 0; i < 500; i += 1) setTimeout(() => { globalThis.fired = 'one' }, 5)
    return 'set'`
  const plugin = withHook(body)
  expect((await plugin.hook('run')).value).toBe('set')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect((await plugin.hook('run', { again: true })).value).toBe('none')
})
