import { expect, test } from 'vitest'
import { CapabilityError } from '../../src/runtime/capability-error.ts'
import { withHook, withPlugin } from '../support/runtime.ts'

const plugin = withPlugin(
  {
    'main.js': `
      import { definePlugin, PluginError } from 'patchbay'
      import { double } from './lib/double.js'
      import data from './data.json' with { type: 'json' }
      let loads = 0
      let state = 0
      export default definePlugin({
        onLoad(ctx) { loads += 1; ctx.log.info('loaded ' + ctx.plugin.id) },
        onActivate: (ctx) => ({ activated: ctx.plugin.version }),
        onUpgrade: (ctx, change) => change,
        hooks: {
          double: async (ctx, input) => ({ value: double(input.value), loads }),
          count: () => (state += 1),
          nothing() {},
          refuse() { throw new PluginError('no free port', { code: 'NO_PORT', details: { ports: [1, 2] } }) },
          break() { null.x },
        },
        events: {
          'auth.user.created': (ctx, event) => 'exact ' + event.id,
          'auth.user.*': () => 'user',
          'auth.*': () => 'auth',
          '*': () => 'any',
        },
        filters: { 'llm.prompt': (ctx, value) => ({ ...value, system: data.system }) },
        routes: { 'GET /ping': (ctx, request) => ({ status: 200, body: { you: request.principal } }) },
        jobs: { 'daily-kpi': async (ctx) => ({ revenue: ctx.settings.base * 2 }) },
        health: async () => ({ status: 'healthy', message: 'router answers' }),
      })`,
    'lib/double.js': `import { two } from '../two.mjs'\nexport const double = (value) => value * two()`,
    'two.mjs': `import { double } from './lib/double.js'\nexport const two = () => (typeof double === 'function' ? 2 : 0)`,
    'data.json': '{"system":"Be brief.","__proto__":{"polluted":true}}',
    'transforms/build.js': `export const transform = (ctx, event) => ({ text: event.name })
      export default () => 'default'`,
  },
  { settings: { base: 6 }, permissions: ['hooks:abort'] },
)

test('a hook handler gets ctx and payload, and its result comes back', async () => {
  const result = await plugin.hook('double', { value: 21 })
  expect(result).toMatchObject({ outcome: 'OK', handled: true, value: { value: 42 }, hostCalls: 0 })
  expect(result.durationMs).toBeGreaterThan(0)
  expect(result.cpuMs).toBeGreaterThan(0)
  expect(result.heapUsedBytes).toBeGreaterThan(100_000)
  expect(result.error).toBeUndefined()
})

test('an isolate stays warm: its state lives on, and onLoad ran once', async () => {
  const first = await plugin.hook('count')
  const second = await plugin.hook('count')
  expect(second.value).toBe((first.value as number) + 1)
  expect((await plugin.hook('double', { value: 1 })).value).toMatchObject({ loads: 1 })
})

test('code is asked for once for a warm isolate', async () => {
  let asked = 0
  const counted = withHook('return 1')
  const call = counted.callOf('HOOK', 'run')
  const { sharedRuntime } = await import('../support/runtime.ts')
  const runtime = await sharedRuntime()
  const loadCode = (): ReturnType<typeof call.loadCode> => {
    asked += 1
    return call.loadCode()
  }
  await Promise.all([1, 2, 3].map(() => runtime.call({ ...call, loadCode })))
  await runtime.call({ ...call, loadCode })
  expect(asked).toBe(1)
})

test('what the plugin does not handle is told apart from a handler that returns nothing', async () => {
  expect(await plugin.hook('unknown')).toMatchObject({ outcome: 'OK', handled: false })
  const nothing = await plugin.hook('nothing')
  expect(nothing).toMatchObject({ outcome: 'OK', handled: true })
  expect(nothing).not.toHaveProperty('value')
  for (const name of ['constructor', '__proto__', 'toString']) {
    expect(await plugin.hook(name)).toMatchObject({ outcome: 'OK', handled: false })
  }
})

test('events go to the exact handler, else to the longest pattern', async () => {
  expect((await plugin.event('auth.user.created', { id: 7 })).value).toBe('exact 7')
  expect((await plugin.event('auth.user.deleted')).value).toBe('user')
  expect((await plugin.event('auth.group.created')).value).toBe('auth')
  expect((await plugin.event('build.completed')).value).toBe('any')
})

test('filters, routes, jobs, health and lifecycle handlers run', async () => {
  const filtered = await plugin.filter('llm.prompt', { prompt: 'Hi' })
  expect(filtered.value).toEqual({ prompt: 'Hi', system: 'Be brief.' })
  const routed = await plugin.route('GET /ping', { principal: 'ana' })
  expect(routed.value).toEqual({ status: 200, body: { you: 'ana' } })
  expect((await plugin.job('daily-kpi')).value).toEqual({ revenue: 12 })
  expect((await plugin.health()).value).toEqual({ status: 'healthy', message: 'router answers' })
  expect((await plugin.lifecycle('onActivate')).value).toEqual({ activated: '1.0.0' })
  const change = { from: '1.0.0', to: '1.1.0' }
  expect((await plugin.lifecycle('onUpgrade', change)).value).toEqual(change)
  expect((await plugin.lifecycle('onInstall')).handled).toBe(false)
})

test('a transform is an export of any module of the archive', async () => {
  const result = await plugin.transform('transforms/build.js#transform', { name: 'v1' })
  expect(result.value).toEqual({ text: 'v1' })
  expect((await plugin.transform('transforms/build.js', {})).value).toBe('default')
  expect((await plugin.transform('transforms/build.js#other', {})).handled).toBe(false)
  const missing = await plugin.transform('transforms/none.js#transform', {})
  expect(missing).toMatchObject({
    outcome: 'ERROR',
    error: { message: 'There is no transforms/none.js in the archive.' },
  })
})

test('a PluginError of a hook handler aborts with hooks:abort, and is a failure without it', async () => {
  const aborted = await plugin.hook('refuse')
  expect(aborted).toMatchObject({
    outcome: 'ABORTED',
    error: { name: 'PluginError', message: 'no free port', code: 'NO_PORT', details: { ports: [1, 2] } },
  })
  const body = `throw new PluginError('no', { code: 'NO' })`
  expect(await withHook(body).hook('run')).toMatchObject({ outcome: 'ERROR', error: { code: 'NO' } })
})

test('any other error is the failure of the plugin, told with its own lines only', async () => {
  const { outcome, error } = await plugin.hook('break')
  expect(outcome).toBe('ERROR')
  expect(error).toMatchObject({ name: 'TypeError' })
  expect(error?.stack).toContain('main.js:')
  expect(error?.stack).not.toMatch(/patchbay:|node:|\/src\/|boundary/)
})

test('ctx holds facts that cannot be changed', async () => {
  const body = `
    'use strict'
    const tries = [() => { ctx.settings.a.b = 2 }, () => { ctx.settings = 1 }, () => { ctx.plugin.id = 'other' },
      () => { ctx.log.info = 1 }, () => { ctx.settings.list.push(1) }]
    const errors = tries.map((attempt) => { try { attempt(); return 'done' } catch (error) { return error.name } })
    return { errors, settings: ctx.settings, plugin: ctx.plugin, site: ctx.site, license: ctx.license }`
  const settings = { a: { b: 1 }, list: [] }
  const license = { type: 'TRIAL', entitlements: {} }
  const { value } = await withHook(body, { settings, license }).hook('run')
  expect(value).toMatchObject({
    errors: ['TypeError', 'TypeError', 'TypeError', 'TypeError', 'TypeError'],
    settings,
    plugin: { id: 'under-test', version: '1.0.0' },
    site: { slug: 'north' },
    license,
  })
  expect((await withHook('return ctx.license').hook('run')).value).toBeNull()
})

test('a capability answers with JSON, and fails with a code and general words', async () => {
  const capabilities = {
    'secrets.get': async (input: unknown) => `secret of ${JSON.stringify(input)}`,
    'events.emit': async () => {
      throw new CapabilityError('QUOTA', 'Too many events.')
    },
    'db.query': async () => {
      throw new Error('connect ECONNREFUSED /var/run/postgres password=hunter2')
    },
  }
  const body = `
    const secret = await ctx.secrets.get('TOKEN')
    const caught = []
    for (const attempt of [() => ctx.events.emit('x.y', {}), () => ctx.db.query('select 1')]) {
      try { await attempt() } catch (error) { caught.push([error.name, error.code, error.message]) }
    }
    return { secret, caught }`
  const result = await withHook(body, { capabilities }).hook('run')
  expect(result).toMatchObject({
    outcome: 'OK',
    hostCalls: 3,
    deniedCalls: 0,
    value: {
      secret: 'secret of {"key":"TOKEN"}',
      caught: [
        ['HostError', 'QUOTA', 'Too many events.'],
        ['HostError', 'HOST_ERROR', 'The host could not do this.'],
      ],
    },
  })
})

test('what has no capability is denied, counted, and DENIED where the plugin does not catch it', async () => {
  const result = await withHook(`await ctx.mail.send({ to: 'a@example.com' })`).hook('run')
  expect(result).toMatchObject({
    outcome: 'DENIED',
    deniedCalls: 1,
    error: { name: 'PermissionDenied', code: 'PERMISSION_DENIED' },
  })
  const everything = `
    const tries = [ctx.secrets.get('a'), ctx.events.emit('a', 1), ctx.http.fetch('https://example.com'),
      ctx.db.query('select 1'), ctx.files.read('a'), ctx.files.write('a', 'b'), ctx.files.list(), ctx.files.delete('a'),
      ctx.collections.widgets.find({}), ctx.llm.complete({}), ctx.mail.send({}), ctx.hooks.call('x', {})]
    const ends = await Promise.allSettled(tries)
    return ends.map(({ reason }) => reason instanceof PermissionDenied && reason.operation)`
  const caught = await withHook(everything).hook('run')
  expect(caught).toMatchObject({ outcome: 'OK', deniedCalls: 12 })
  expect(caught.value).toContain('collections.find')
  const faked = await withHook(`throw new PermissionDenied('nothing')`).hook('run')
  expect(faked.outcome).toBe('ERROR')
})

test('log lines keep their level and order, from ctx.log and from console', async () => {
  const { logs } = await withHook(
    `ctx.log.warn('first', { a: 1 }, 2); console.log('second'); console.error(new RangeError('third'))`,
  ).hook('run')
  expect(logs.map(({ level }) => level)).toEqual(['warn', 'info', 'error'])
  expect(logs.map(({ message }) => message)).toMatchObject([
    'first {"a":1} 2',
    'second',
    expect.stringContaining('third'),
  ])
  expect(logs[0]?.at).toBeInstanceOf(Date)
})

test('timers fire while the invocation runs, and not after it', async () => {
  const slow = withHook(`
    if (input.again) return globalThis.fired ?? 'never'
    const cleared = setTimeout(() => { globalThis.fired = 'cleared' }, 1)
    clearTimeout(cleared)
    setTimeout(() => { globalThis.fired = 'late' }, 40)
    return await new Promise((resolve) => setTimeout(resolve, 5, 'waited'))`)
  expect((await slow.hook('run')).value).toBe('waited')
  const wait = withHook(`await new Promise((resolve) => setTimeout(resolve, 60))`)
  await wait.hook('run')
  expect((await slow.hook('run', { again: true })).value).toBe('never')
})

test('what a plugin says can be stored: no NUL leaves it, and no half of a character', async () => {
  const plugin = withHook(
    `console.log('a\\0b\\uD800c'); throw Object.assign(new Error('d\\0e\\uDC00f'), { name: 'N\\0', code: '\\0' })`,
  )
  const { logs, error } = await plugin.hook('run')
  expect(logs[0]?.message).toBe('a\uFFFDb\uFFFDc')
  expect(error).toMatchObject({ name: 'N\uFFFD', message: 'd\uFFFDe\uFFFDf', code: '\uFFFD' })
})
