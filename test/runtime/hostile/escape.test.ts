import { expect, test } from 'vitest'
import type { JsonValue } from '../../../src/lib/json.ts'
import { withHook, withPlugin } from '../../support/runtime.ts'

/** Runs a body and gives what it returned; the plugin is expected not to fail. */
async function valueOf(body: string, input: JsonValue = {}): Promise<JsonValue | undefined> {
  const result = await withHook(body).hook('run', input)
  expect(result.error).toBeUndefined()
  return result.value
}

test('what Node and the browser have and the format does not name is absent', async () => {
  const names =
    `fetch process require module exports Buffer global setInterval setImmediate queueMicrotask eval
    WebAssembly SharedArrayBuffer Atomics FinalizationRegistry XMLHttpRequest WebSocket Worker navigator document window importScripts
    patchbayRaw patchbayEnter _ivm ivm`.split(/\s+/)
  const body = `return ${JSON.stringify(names)}.filter((name) => name in globalThis)`
  expect(await valueOf(body)).toEqual([])
})

test('nothing compiles text, by whatever constructor', async () => {
  const value = await valueOf(`
    const makers = [
      () => Function('return 1'), () => new Function('return 1'), () => (() => {}).constructor('return 1'),
      () => (async () => {}).constructor('return 1'), () => (function* () {}).constructor('yield 1'),
      () => (async function* () {}).constructor('yield 1'), () => [].constructor.constructor('return 1'),
      () => Object.getPrototypeOf(async () => {}).constructor('return 1'),
      () => Reflect.construct(Function, ['return 1']), () => class {}.constructor('return 1'),
      () => Object.getPrototypeOf(Object.getPrototypeOf(async () => {}).constructor)('return 1'),
      () => console.log.constructor('return 1'), () => ctx.secrets.get.constructor('return 1'),
      () => setTimeout('globalThis.x = 1', 0), () => globalThis.eval('1'), () => (0, eval)('1'),
      () => definePlugin.constructor.constructor('return 1'), () => new (Object.getPrototypeOf(PluginError).constructor)('return 1')(),
    ]
    return makers.map((make) => { try { const made = make(); return made === undefined ? 'nothing' : 'compiled' } catch (error) { return 'refused' } })`)
  expect(value).not.toContain('compiled')
})

test('import() of anything is refused', async () => {
  const value = await valueOf(`
    const what = ['node:fs', 'fs', 'child_process', 'isolated-vm', 'patchbay', './main.js', 'data:text/javascript,1',
      'file:///etc/passwd', 'https://example.com/x.js', './bridge.mjs', 'sdk', 'plugin']
    return (await Promise.allSettled(what.map((name) => import(name)))).map(({ status }) => status)`)
  expect(new Set(value as string[])).toEqual(new Set(['rejected']))
})

test('import.meta says nothing of the host', async () => {
  expect(await valueOf('return Reflect.ownKeys(import.meta).length')).toBe(0)
})

test('no error shows a path of the host, whoever caused it', async () => {
  const value = await valueOf(
    `
    const stacks = []
    const note = (error) => stacks.push(String(error?.stack), String(error?.message), JSON.stringify(error, Object.getOwnPropertyNames(error ?? {})))
    const tries = [() => new URL('nope'), () => crypto.subtle.digest('md5', new Uint8Array(1)), () => crypto.getRandomValues({}),
      () => ctx.secrets.get('x'), () => ctx.db.query(1n), () => structuredClone(() => {}), () => setTimeout(1), () => atob('*'),
      () => import('node:fs'), () => console.log({ get a() { throw new Error('x') } }), () => crypto.hmac('x', 1, 2),
      () => new TextDecoder('latin1'), () => ctx.events.emit('a', 'x'.repeat(2 ** 21)), () => JSON.parse('{'), () => null.x]
    for (const attempt of tries) { try { await attempt() } catch (error) { note(error) } }
    Error.prepareStackTrace = (error, sites) => sites.map((site) => [site.getFileName(), typeof site.getFunction(), typeof site.getThis(), site.getEvalOrigin()])
    for (const attempt of tries) { try { await attempt() } catch (error) { stacks.push(JSON.stringify(error.stack)) } }
    return stacks`,
  )
  const text = (value as string[]).join('\n')
  expect((value as string[]).length).toBeGreaterThan(30)
  expect(text).not.toMatch(/node:|node_modules|\/src\/|\/home\/|\/work|file:|isolated-vm/)
  expect(text).not.toContain('"function"')
})

test('errors that a handler throws are read with care', async () => {
  const thrown: [string, object][] = [
    ['throw null', { name: 'Error' }],
    ['throw undefined', { name: 'Error' }],
    [`throw 'a text'`, { message: 'a text' }],
    ['throw 42n', { message: '42' }],
    [`throw Symbol('x')`, { name: 'Error' }],
    [`throw { message: 'an object', name: {}, code: 7 }`, { name: 'Error', message: 'an object', code: '7' }],
    [`throw { get message() { throw 1 }, get name() { throw 2 } }`, { name: 'Error', message: '' }],
    [`throw new Proxy({}, { get() { throw 1 } })`, { name: 'Error', message: '' }],
    [`throw new Proxy(new Error('x'), { getPrototypeOf() { throw 1 } })`, { name: 'Error' }],
    [`throw Object.assign(new PluginError('x'), { details: { get a() { throw 1 } } })`, { message: 'x' }],
    [`throw new Error('x'.repeat(1e6))`, { message: 'x'.repeat(4000) }],
    [
      `throw Object.assign(new Error('x'), { name: 'N'.repeat(1e5), stack: 's'.repeat(1e6) })`,
      { name: 'N'.repeat(100) },
    ],
    [`const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy`, { name: 'Error' }],
  ]
  for (const [body, error] of thrown) {
    expect(await withHook(body).hook('run')).toMatchObject({ outcome: 'ERROR', error })
  }
})

test('results that are not what JSON can hold are errors with a reason, or what JSON makes of them', async () => {
  const cyclic = await withHook('const a = {}; a.a = a; return a').hook('run')
  expect(cyclic).toMatchObject({ outcome: 'ERROR', error: { name: 'TypeError' } })
  const big = await withHook('return 10n').hook('run')
  expect(big).toMatchObject({ outcome: 'ERROR', error: { name: 'TypeError' } })
  const getter = await withHook('return { get a() { throw new RangeError("mine") } }').hook('run')
  expect(getter).toMatchObject({ outcome: 'ERROR', error: { name: 'RangeError', message: 'mine' } })
  expect(await valueOf('return { toJSON: () => ({ a: 1 }) }')).toEqual({ a: 1 })
  expect(await valueOf('return new Proxy({ a: 1 }, {})')).toEqual({ a: 1 })
  expect(await valueOf('return [undefined, () => 1, NaN]')).toEqual([null, null, null])
  expect(await withHook('return () => 1').hook('run')).toMatchObject({ outcome: 'OK', handled: true })
})

test('keys that pollute prototypes do not leave a plugin', async () => {
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    const result = await withHook(`return JSON.parse('{"a":[{"${key}":{"polluted":true}}]}')`).hook('run')
    expect(result).toMatchObject({
      outcome: 'ERROR',
      error: { message: `The result was refused: The key "${key}" may not leave a plugin.` },
    })
    const body = `try { await ctx.events.emit('x', JSON.parse('{"${key}":1}')) } catch (error) { return error.code }`
    const capabilities = { 'events.emit': async () => 'reached' }
    expect((await withHook(body, { capabilities }).hook('run')).value).toBe('INVALID_INPUT')
  }
  expect({}).not.toHaveProperty('polluted')
})

test('deep nesting does not leave a plugin', async () => {
  const body = `let deep = []; for (let i = 0; i < input.depth; i += 1) deep = [deep]; return deep`
  expect(await withHook(body).hook('run', { depth: 90 })).toMatchObject({ outcome: 'OK' })
  expect(await withHook(body).hook('run', { depth: 2000 })).toMatchObject({ outcome: 'ERROR' })
  const text = `return { toJSON: () => 1, a: 1 }`
  expect(await withHook(text).hook('run')).toMatchObject({ value: 1 })
})

test('keys that pollute prototypes are mere keys inside, when the host sends them', async () => {
  const input = JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  ) as JsonValue
  const body = `const copy = Object.assign({}, input, ctx.settings)
    return [{}.polluted ?? 'clean', Object.hasOwn(input, '__proto__'), Object.getPrototypeOf(input) === Object.prototype]`
  expect((await withHook(body, { settings: input as never }).hook('run', input)).value).toEqual([
    'clean',
    true,
    true,
  ])
})

test('a plugin that replaces every built-in reaches nothing by it', async () => {
  const source = `
    const seen = []
    const spy = (owner, name) => {
      const original = owner[name]
      owner[name] = function (...values) {
        seen.push(...[this, ...values].filter((value) => typeof value === 'function').map((value) => value.name))
        return Reflect.apply(original, this, values)
      }
    }
    const { apply } = Reflect
    for (const [owner, names] of [[JSON, ['parse', 'stringify']], [Map.prototype, ['get', 'set', 'delete']],
      [Promise.prototype, ['catch', 'finally']], [Object, ['freeze', 'keys', 'create']], [String.prototype, ['slice', 'split']],
      [Array.prototype, ['push', 'filter', 'map', 'join']], [Function.prototype, ['bind']]]) {
      for (const name of names) if (name !== 'push' && name !== 'filter' && name !== 'map') spy(owner, name)
    }
    Object.defineProperty(Object.prototype, 'then', { get() { seen.push('then'); return undefined }, configurable: true })
    Object.defineProperty(Object.prototype, 'timeout', { value: 1, configurable: true })
    Object.prototype.resolve = (value) => seen.push('resolve', typeof value)
    export default { hooks: {
      run: async (ctx) => {
        try { await ctx.secrets.get('x') } catch {}
        console.log('x'); new URL('https://example.com/?a=1').searchParams.append('b', '2'); crypto.randomUUID()
        return seen.filter((name) => /raw|patchbay|Enter/i.test(name))
      },
    } }`
  const result = await withPlugin({ 'main.js': source }).hook('run')
  expect(result).toMatchObject({ outcome: 'OK', value: [] })
})

test('a handler may be anything, and still answers once', async () => {
  const source = `
    export default {
      hooks: {
        twice: () => ({ then(resolve, reject) { resolve(1); resolve(2); reject(new Error('no')) } }),
        late: () => { Promise.resolve().then(() => { throw new Error('nobody handles this') }); return 'done' },
        notAFunction: { call: () => 'called' },
        get getter() { return () => 'from a getter' },
      },
    }`
  const plugin = withPlugin({ 'main.js': source })
  expect((await plugin.hook('twice')).value).toBe(1)
  const late = await plugin.hook('late')
  expect(late).toMatchObject({ outcome: 'OK', value: 'done' })
  expect(late.logs[0]?.message).toMatch(
    /^A rejected promise was not handled: Error: nobody handles this\n    at main\.js:5:\d+$/,
  )
  expect(await plugin.hook('notAFunction')).toMatchObject({ handled: false })
  expect((await plugin.hook('getter')).value).toBe('from a getter')
})
