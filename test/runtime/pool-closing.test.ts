import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/platform/clock.ts'
import { createLog } from '../../src/platform/log.ts'
import { DEFAULT_BUDGETS } from '../../src/runtime/budgets.ts'
import { directStarter } from '../../src/runtime/direct-starter.ts'
import { planLaunch } from '../../src/runtime/launch.ts'
import { Throttle } from '../../src/runtime/throttle.ts'
import { Pool } from '../../src/runtime/pool.ts'
import type { PluginResult } from '../../src/runtime/plugin-call.ts'
import type { Runtime, RuntimeOptions } from '../../src/runtime/runtime.ts'
import { childrenOf, runnersOf } from '../support/child-processes.ts'
import { gatedHook, startRuntime, withHook } from '../support/runtime.ts'

let runtime: Runtime

async function start(options: Partial<RuntimeOptions> = {}): Promise<void> {
  runtime = await startRuntime(options)
}

afterEach(async () => {
  await runtime.close(0)
  expect(childrenOf(process.pid)).toEqual([])
})

test('code that cannot be loaded rejects the call, and the next one tries again', async () => {
  await start()
  const plugin = withHook('return 1', { runtime })
  const call = plugin.callOf('HOOK', 'run', [{}])
  const failing = (): Promise<PluginResult> =>
    runtime.call({ ...call, loadCode: async () => await Promise.reject(new Error('the digest differs')) })
  await expect(Promise.all([failing(), failing()])).rejects.toThrow('the digest differs')
  expect((await runtime.call(call)).value).toBe(1)
})

test('close lets finish what runs, refuses what waits and what comes, and leaves no process', async () => {
  await start({ processes: 2 })
  const { plugin, entered, open } = gatedHook({ runtime, organization: 'a' })
  const running = plugin.hook('run')
  await entered
  const waiting = Array.from({ length: 4 }, (_, index) =>
    withHook('return 1', { runtime, organization: `w${index}` }).hook('run'),
  )
  const ends = Promise.allSettled(waiting)
  const closing = runtime.close(10_000)
  await expect(plugin.hook('run')).rejects.toMatchObject({ name: 'RuntimeClosedError' })
  open()
  expect((await running).value).toBe('done')
  await closing
  expect(childrenOf(process.pid)).toEqual([])
  for (const end of await ends) {
    if (end.status === 'rejected') expect(end.reason).toMatchObject({ name: 'RuntimeClosedError' })
  }
})

test('close kills what does not end within its grace', async () => {
  await start({ processes: 2 })
  const { promise: entered, resolve } = Promise.withResolvers<void>()
  const capabilities = {
    'hooks.call': async () => {
      resolve()
      return null
    },
  }
  const body = `await ctx.hooks.call('x', 1); for (;;);`
  const loop = withHook(body, { runtime, capabilities, timeoutMs: 60_000 }).hook('run')
  await entered
  await runtime.close(50)
  expect((await loop).outcome).toBe('CRASHED')
})

test.runIf(process.platform === 'linux')('a child is started without an environment', async () => {
  await start()
  for (const pid of runnersOf(process.pid)) expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('')
})

test('without a spare process one is started when it is called for', async () => {
  await start({ processes: 2, spares: 0 })
  expect(runtime.status().processes.total).toBe(0)
  expect((await withHook('return 1', { runtime }).hook('run')).value).toBe(1)
})

test('where the sandbox lacks what code must not run without, nothing runs', async () => {
  const launch = await planLaunch({ dataKb: 400_000, cpuSeconds: 60 })
  const open = ['--no-node-snapshot', '--jitless']
  await start({ launch: { ...launch, line: [process.execPath, ...open] } })
  expect(runtime.status()).toMatchObject({ ok: false })
  const call = withHook('return 1', { runtime }).hook('run')
  await expect(call).rejects.toMatchObject({ name: 'RuntimeUnavailableError' })
})

test.runIf(process.platform === 'linux')(
  'where no process becomes ready a call is refused in its time, and stop and close end what waits',
  async () => {
    const launch = await planLaunch({ dataKb: 400_000, cpuSeconds: 60 })
    const sizes = { pluginMemoryMb: 64, warmMemoryMb: 150, callsPerProcess: 10, cpuSecondsPerProcess: 60 }
    const pool = new Pool({
      ...sizes,
      launch: { ...launch, line: ['/bin/sh', '-c', 'exec sleep 60'] },
      starter: directStarter,
      throttle: new Throttle(() => false),
      clock: systemClock,
      log: createLog('silent'),
      processes: 2,
      spares: 1,
      budgets: DEFAULT_BUDGETS,
      patienceMs: 100,
    })
    const { callOf } = withHook('return 1', { timeoutMs: 100, installation: 'short' })
    const patient = withHook('return 1', { timeoutMs: 60_000, installation: 'patient' })
    const refused = pool.call(callOf('HOOK', 'run', [{}]))
    const [stopped, closed] = ['a', 'b'].map((organization) =>
      pool.call({ ...patient.callOf('HOOK', 'run', [{}]), organization }),
    )
    await expect(refused).rejects.toMatchObject({ name: 'RuntimeUnavailableError' })
    pool.stop({ organization: 'a' }, 'It is enough.')
    expect(await stopped).toMatchObject({ outcome: 'CRASHED', error: { message: 'It is enough.' } })
    const ended = expect(closed).rejects.toMatchObject({ name: 'RuntimeClosedError' })
    await pool.close(0)
    await ended
  },
)
