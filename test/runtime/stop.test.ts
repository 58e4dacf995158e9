import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { childrenOf, isAlive } from '../support/child-processes.ts'
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
  const before = childrenOf(process.pid)
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
