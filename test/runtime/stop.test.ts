import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { childrenOf, isAlive, runnersOf } from '../support/child-processes.ts'
import { gatedHook, startRuntime, withHook, withPlugin } from '../support/runtime.ts'

const REASON = 'It was revoked: it leaks.'
const STOPPED = { outcome: 'CRASHED', error: { name: 'Stopped', message: REASON } }

let runtime: Runtime
beforeEach(async () => {
  runtime = await startRuntime({ processes: 4 })
})
afterEach(async () => {
  await runtime.close(0)
  expect(childrenOf(process.pid)).toEqual([])
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('what loops for ever is killed with its process, and what waits for its turn never begins', async () => {
  const plugin = withHook('for (;;) {}', { runtime, installation: 'i', timeoutMs: 60_000 })
  const calls = Array.from({ length: 12 }, () => plugin.hook('run'))
  const other = gatedHook({ runtime, organization: 'other' })
  const running = other.plugin.hook('run')
  await other.entered
  await until(() => runtime.status().waitingCalls === 4)
  const before = runnersOf(process.pid)
  runtime.stop({ installation: 'i' }, REASON)
  for (const result of await Promise.all(calls)) expect(result).toMatchObject(STOPPED)
  await until(() => before.filter(isAlive).length === before.length - 1)
  other.open()
  expect((await running).value).toBe('done')
})

test('a call whose code is just being read does not begin', async () => {
  const { promise, resolve } = Promise.withResolvers<null>()
  const asked = Promise.withResolvers<null>()
  const call = withHook('return 1', { runtime }).callOf('HOOK', 'run', [null])
  const result = runtime.call({
    ...call,
    loadCode: async () => {
      asked.resolve(null)
      await promise
      return await call.loadCode()
    },
  })
  await asked.promise
  runtime.stop({ digest: call.digest }, REASON)
  resolve(null)
  expect(await result).toMatchObject({ ...STOPPED, handled: false })
})

test('an organization is stopped whole, and all of them at once: running, waiting and warm', async () => {
  const forever = { runtime, timeoutMs: 60_000, organization: 'one' }
  const calls = Array.from({ length: 10 }, () => withHook('for (;;) {}', forever).hook('run'))
  const { plugin, entered, open } = gatedHook({ runtime, organization: 'other' })
  const running = plugin.hook('run')
  await entered
  runtime.stop({ organization: 'one' }, REASON)
  for (const result of await Promise.all(calls)) expect(result).toMatchObject(STOPPED)
  open()
  expect((await running).value).toBe('done')
  runtime.stop({ organization: null }, REASON)
  await until(() => runtime.status().liveIsolates === 0)
  expect((await withHook('return 1', { runtime, organization: 'one' }).hook('run')).value).toBe(1)
})

test('of an installation all can be stopped but one kind of calls', async () => {
  const source = {
    'main.js': `const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
      export default { hooks: { x: () => pause(60_000) }, onUninstall: () => pause(300) }`,
  }
  const plugin = withPlugin(source, { runtime, installation: 'i', timeoutMs: 60_000 })
  const before = plugin.hook('x')
  await until(() => runtime.status().liveIsolates === 1)
  runtime.stop({ installation: 'i' }, REASON)
  expect(await before).toMatchObject(STOPPED)
  const spared = plugin.lifecycle('onUninstall')
  runtime.stop({ installation: 'i', but: 'LIFECYCLE' }, REASON)
  expect(await spared).toMatchObject({ outcome: 'OK' })
})

test('a package is stopped in every installation; the others of the organization go on, warm or running', async () => {
  const source = {
    'main.js': `let n = 0; export default { hooks: { x: () => (n += 1) }, onUnload: () => { for (;;) {} } }`,
  }
  const [first, second] = [withPlugin(source, { runtime }), withPlugin(source, { runtime })]
  const { plugin, entered, open } = gatedHook({ runtime })
  await first.hook('x')
  await second.hook('x')
  const running = plugin.hook('run')
  await entered
  expect(runtime.status().liveIsolates).toBe(3)
  runtime.stop({ digest: first.callOf('HOOK', 'x').digest }, REASON)
  await until(() => runtime.status().liveIsolates <= 1)
  open()
  expect((await running).value).toBe('done')
  // Only calls that are there are stopped: a later one asks for its code anew.
  expect((await second.hook('x')).value).toBe(1)
})
