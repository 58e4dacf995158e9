import { spawn } from 'node:child_process'
import { getPriority } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { canRaise } from '../../src/runtime/child-priority.ts'
import { createLog } from '../../src/platform/log.ts'
import type { Runtime, RuntimeOptions } from '../../src/runtime/runtime.ts'
import { runnersOf } from '../support/child-processes.ts'
import { startRuntime, withHook } from '../support/runtime.ts'

let runtime: Runtime
/** Of each call: its process, and how many stood ready when it began. */
let begun: { pid: number; ready: number }[]

async function start(options: Partial<RuntimeOptions> = {}): Promise<void> {
  begun = []
  const log = createLog('trace', { write: (line) => note(line) })
  runtime = await startRuntime({ log, ...options })
}

function note(line: string): void {
  const { msg, pid } = JSON.parse(line) as { msg: string; pid: number }
  if (msg === 'A call goes to a runner') begun.push({ pid, ready: runtime.status().processes.spare })
}

afterEach(async () => {
  await runtime.close(0)
})

/** Waits for what the runtime does by itself, by looking. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function mayRaise(): boolean {
  const sleeping = spawn('sleep', ['10'])
  const raises = sleeping.pid !== undefined && canRaise(sleeping.pid)
  sleeping.kill()
  return raises
}

const priorities = (): number[] => runnersOf(process.pid).map((pid) => getPriority(pid))
const ORDINARY = 10
const LOW = 15

test.runIf(process.platform === 'linux')(
  'what computes on and on gives way to the others, and only as long',
  async () => {
    await start({ processes: 2 })
    let word = 'stop'
    const body = `for (let rounds = 0; rounds < 100; rounds += 1) {
      for (let n = 0; n < 1e7; n += 1);
      if ((await ctx.secrets.get('x')) === 'stop') return rounds
    }`
    const capabilities = { 'secrets.get': async () => word }
    const plugin = withHook(body, { runtime, capabilities, timeoutMs: 60_000 })
    expect((await plugin.hook('run')).value).toBe(0)
    expect(priorities()).not.toContain(19)
    word = 'go on'
    const running = plugin.hook('run')
    await until(() => priorities().includes(19))
    word = 'stop'
    expect((await running).outcome).toBe('OK')
    await until(() => !priorities().includes(19))
  },
)

test.runIf(process.platform === 'linux' && mayRaise())(
  'what takes most of a core gives way, however soon its calls end, and only as long',
  async () => {
    await start({ processes: 2 })
    const plugin = withHook('for (let n = 0; n < input.rounds; n += 1); return 1', { runtime })
    // Between two calls, so that it is not for one that goes on; spare processes that start have the same priority.
    const own = (): number => getPriority(begun.at(-1)!.pid)
    do await plugin.hook('run', { rounds: 3e5 })
    while (own() !== LOW)
    do {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await plugin.hook('run', { rounds: 1 })
    } while (own() !== ORDINARY)
  },
)

test('what ran out of its time is called alone until it answers, so that it brings down none but itself', async () => {
  await start({ processes: 4 })
  const plugin = withHook('if (input.loop) for (;;); return 1', { runtime, timeoutMs: 200 })
  const outcomes = async (inputs: { loop: boolean }[]): Promise<string[]> => {
    const results = await Promise.all(inputs.map((input) => plugin.hook('run', input)))
    return results.map(({ outcome }) => outcome).sort()
  }
  const loop = { loop: true }
  expect(await outcomes([loop, loop])).toEqual(['CRASHED', 'TIMEOUT'])
  expect(await outcomes([loop, loop, { loop: false }])).toEqual(['OK', 'TIMEOUT', 'TIMEOUT'])
  expect(await outcomes([loop, loop])).toEqual(['CRASHED', 'TIMEOUT'])
})

test('what ran out of its time waits for a new process: those that stand ready are for the others', async () => {
  await start({ processes: 4 })
  const plugin = withHook('if (input.loop) for (;;); return 1', { runtime, timeoutMs: 300 })
  expect((await plugin.hook('run', { loop: true })).outcome).toBe('TIMEOUT')
  await until(() => runtime.status().processes.spare === 1)
  expect((await plugin.hook('run', { loop: false })).outcome).toBe('OK')
  expect(begun.map(({ ready }) => ready)).toEqual([0, 1])
})

test('where no process may be added, what ran out of its time takes the one that stands ready', async () => {
  await start({ processes: 2 })
  const other = withHook('await new Promise(() => {})', { runtime, organization: 'other', timeoutMs: 60_000 })
  const plugin = withHook('if (input.loop) for (;;); return 1', { runtime, timeoutMs: 200 })
  expect((await plugin.hook('run', { loop: true })).outcome).toBe('TIMEOUT')
  const staying = Promise.allSettled([other.hook('run')])
  await until(() => begun.length === 2)
  expect((await plugin.hook('run', { loop: false })).outcome).toBe('OK')
  await runtime.close(0)
  await staying
})
