import { getPriority } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import type { Runtime, RuntimeOptions } from '../../src/runtime/runtime.ts'
import { childrenOf, isStopped, runnersOf } from '../support/child-processes.ts'
import { startRuntime, withHook, type TestPlugin } from '../support/runtime.ts'

let runtime: Runtime
/** Whose organization waits for answers. */
let waiting: string | undefined
let word: string

/** Computes until it is told to stop. */
const COMPUTES = `for (;;) {
  for (let n = 0; n < 1e6; n += 1);
  if ((await ctx.secrets.get('x')) === 'stop') return 'done'
}`

async function start(options: Partial<RuntimeOptions> = {}): Promise<TestPlugin> {
  waiting = undefined
  word = 'go on'
  const othersHurry = (organization?: string): boolean => waiting !== undefined && waiting !== organization
  runtime = await startRuntime({ processes: 2, cores: 1, othersHurry, ...options })
  const capabilities = { 'secrets.get': async () => word }
  return withHook(COMPUTES, { runtime, organization: 'own', capabilities, timeoutMs: 60_000 })
}

afterEach(async () => {
  await runtime.close(0)
  expect(childrenOf(process.pid)).toEqual([])
})

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

const anyStopped = (): boolean => runnersOf(process.pid).some(isStopped)

/** What was told to stop, or to go on, is seen to do so a moment later. */
async function untilNeverStopped(): Promise<void> {
  for (let looks = 0; looks < 50; looks += 1) {
    await turn()
    if (anyStopped()) looks = 0
  }
}

const spareStands = (): boolean => runtime.status().processes.spare === 1

const givesWay = (): boolean => runnersOf(process.pid).some((pid) => getPriority(pid) > 10)

test.runIf(process.platform === 'linux')(
  'what computes on and on is stopped for moments while others wait, and goes on',
  async () => {
    const plugin = await start()
    const running = plugin.hook('run')
    await until(givesWay)
    await until(spareStands)
    await untilNeverStopped()
    waiting = 'other'
    await until(anyStopped)
    await until(() => !anyStopped())
    await until(anyStopped)
    // Who waits may well wait for just this.
    waiting = 'own'
    await untilNeverStopped()
    waiting = 'other'
    await until(anyStopped)
    word = 'stop'
    expect(await running).toMatchObject({ outcome: 'OK', value: 'done' })
    await untilNeverStopped()
  },
)

test.runIf(process.platform === 'linux')(
  'nothing is stopped where there are cores enough for all',
  async () => {
    const plugin = await start({ cores: 3 })
    waiting = 'other'
    const running = plugin.hook('run')
    await until(givesWay)
    // While a spare process starts, it is two that compute.
    await until(spareStands)
    await untilNeverStopped()
    word = 'stop'
    expect((await running).outcome).toBe('OK')
  },
)

test('what is stopped runs out of its time like all others, and its process is gone', async () => {
  await start()
  waiting = 'other'
  const plugin = withHook('for (;;);', { runtime, timeoutMs: 300 })
  for (let n = 0; n < 3; n += 1) expect((await plugin.hook('run')).outcome).toBe('TIMEOUT')
})

test.runIf(process.platform === 'linux')('what is stopped is killed as well', async () => {
  const plugin = await start()
  waiting = 'other'
  const running = plugin.hook('run')
  await until(givesWay)
  await until(spareStands)
  await until(anyStopped)
  runtime.stop({ organization: 'own' }, 'It is enough.')
  expect(await running).toMatchObject({ outcome: 'CRASHED', error: { message: 'It is enough.' } })
})
