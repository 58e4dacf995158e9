import { afterEach, expect, test } from 'vitest'
import type { JsonValue } from '../../src/lib/json.ts'
import type { PluginResult } from '../../src/runtime/plugin-call.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { WaitingCalls, type WaitingCall } from '../../src/runtime/waiting-calls.ts'
import { ANSWERS_AT_ONCE } from '../../src/runtime/limits.ts'
import { eventually } from '../support/http.ts'
import { startRuntime, withHook } from '../support/runtime.ts'

let started: Runtime | undefined
async function start(processes: number): Promise<Runtime> {
  started = await startRuntime({ processes })
  return started
}
afterEach(async () => {
  await started?.close(0)
})

const nobody = (): void => {}

/** Waiting calls of an organization, by so many installations in turn. */
function callsOf(organization: string, calls: number, installations: number): WaitingCall[] {
  const plugins = Array.from({ length: installations }, () => withHook('return 1', { organization }))
  return Array.from({ length: calls }, (_, n) => ({
    call: plugins[n % installations]!.callOf('HOOK', 'run'),
    body: '',
    attempts: 0,
    resolve: nobody,
    reject: nobody,
  }))
}

test('organizations take turns, and in each of them its installations, however many calls wait', () => {
  const waiting = new WaitingCalls(300)
  for (const call of [...callsOf('flood', 300, 5), ...callsOf('few', 3, 1), ...callsOf('one', 1, 1)])
    waiting.add(call)
  const order: { organization: string; installation: string }[] = []
  waiting.offer(({ call }) => order.push(call) > 0)
  expect(order.slice(0, 7).map(({ organization }) => organization)).toEqual([
    'flood',
    'few',
    'one',
    'flood',
    'few',
    'flood',
    'few',
  ])
  const flood = order.filter(({ organization }) => organization === 'flood')
  expect(flood).toHaveLength(300)
  expect(new Set(flood.slice(0, 5).map(({ installation }) => installation)).size).toBe(5)
})

test('organizations that never stop calling give their processes to one that waits for one', async () => {
  const runtime = await start(2)
  let stopped = false
  const floods = ['a', 'b'].flatMap((organization) => {
    const plugin = withHook('return 1', { runtime, organization, timeoutMs: 20_000 })
    return Array.from({ length: 20 }, async () => {
      while (!stopped) expect((await plugin.hook('run')).outcome).toBe('OK')
    })
  })
  for (const organization of ['c', 'd', 'c']) {
    const { outcome } = await withHook('return 1', { runtime, organization }).hook('run')
    expect(outcome).toBe('OK')
  }
  stopped = true
  await Promise.all(floods)
})

test('within an organization its installations take turns', async () => {
  const runtime = await start(2)
  const ended: string[] = []
  const note = async (name: string, call: Promise<PluginResult>): Promise<void> => {
    await call
    ended.push(name)
  }
  const busy = withHook('return 1', { runtime, timeoutMs: 20_000 })
  const quiet = withHook('return 1', { runtime, timeoutMs: 20_000 })
  const calls = Array.from({ length: 100 }, () => note('busy', busy.hook('run')))
  await Promise.all([...calls, note('quiet', quiet.hook('run'))])
  expect(ended.indexOf('quiet')).toBeLessThan(50)
})

test('the hundred that wait for one installation take no place from another', async () => {
  const runtime = await start(4)
  const full = withHook('await new Promise(() => {})', { runtime, organization: 'full', timeoutMs: 60_000 })
  const stuck = Promise.allSettled(Array.from({ length: 108 }, () => full.hook('run')))
  expect(runtime.status().waitingCalls).toBe(100)
  await expect(full.hook('run')).rejects.toMatchObject({ name: 'RuntimeBusyError' })
  for (const organization of ['full', 'other']) {
    const { outcome } = await withHook('return 1', { runtime, organization }).hook('run')
    expect(outcome).toBe('OK')
  }
  await runtime.close(0)
  await stuck
})

test('of a process that reads no answers a few are held, and no others are made; its neighbours get all of theirs', async () => {
  const runtime = await start(2)
  const made = { loops: 0, reads: 0 }
  const answers = (whose: keyof typeof made) => ({
    'files.read': async () => {
      made[whose] += 1
      return 'x'.repeat(1_000_000)
    },
  })
  const ask = 'const all = Array.from({ length: 60 }, () => ctx.files.read("big"))'
  // What it asks for has left before it loops.
  const looping = withHook(`${ask}; for (;;);`, {
    runtime,
    capabilities: answers('loops'),
    organization: 'loops',
    timeoutMs: 1000,
  })
  const reading = withHook(
    `${ask}; let sum = 0; for (const one of all) sum += (await one).length; return sum`,
    {
      runtime,
      capabilities: answers('reads'),
    },
  )
  const [lost, read] = await Promise.all([looping.hook('run'), reading.hook('run')])
  expect(lost).toMatchObject({ outcome: 'TIMEOUT', hostCalls: 60 })
  expect(read).toMatchObject({ outcome: 'OK', value: 60_000_000 })
  // Those in their places, those that left theirs together, and the 4 MiB that may lie unread before that.
  expect(made.loops).toBeGreaterThanOrEqual(ANSWERS_AT_ONCE)
  expect(made.loops).toBeLessThanOrEqual(2 * ANSWERS_AT_ONCE + 5)
})

test('of what others answered only so much is kept for a process that does not read it', async () => {
  let gone = 0
  const answer = async (_input: JsonValue, _signal: AbortSignal, delivered?: Promise<void>) => {
    void delivered?.then(() => gone++)
    return 'x'.repeat(1_000_000)
  }
  const plugin = withHook(
    'const all = Array.from({ length: 60 }, () => ctx.hooks.call("mine")); if (input.loops) for (;;); return (await all[0]).length',
    {
      runtime: await start(1),
      capabilities: { 'hooks.call': Object.assign(answer, { waitsForOthers: true }) },
      timeoutMs: 3000,
    },
  )
  // 33 of them are 32 MiB; some 4 MiB more lie in the pipe.
  const [lost] = await Promise.all([
    plugin.hook('run', { loops: true }),
    eventually('the others are let go', () => gone >= 60 - 33),
  ])
  expect(lost).toMatchObject({ outcome: 'TIMEOUT', hostCalls: 60 })
  expect(await plugin.hook('run', {})).toMatchObject({ outcome: 'OK', value: 1_000_000 })
})

test('what waits for others takes no place of the calls that it may wait for, and what ends first leaves its places', async () => {
  const runtime = await start(1)
  const gate = Promise.withResolvers<string>()
  const asked: JsonValue[] = []
  const open = Object.assign(async () => gate.resolve('read'), { waitsForOthers: true })
  const read = async (input: JsonValue): Promise<string> => {
    asked.push((input as { path: string }).path)
    return await gate.promise
  }
  const plugin = withHook(
    `const all = Array.from({ length: 50 }, () => ctx.files.read(input.path))
     if (input.leaves) return 'left'
     await ctx.hooks.call('mine')
     return (await Promise.all(all)).length`,
    { runtime, capabilities: { 'files.read': read, 'hooks.call': open as never } },
  )
  const left = await plugin.hook('run', { path: 'never', leaves: true })
  expect(left.value).toBe('left')
  expect((await plugin.hook('run', { path: 'mine' })).value).toBe(50)
  // What had begun went on; what waited behind it was never made.
  expect(asked.filter((path) => path === 'never')).toHaveLength(ANSWERS_AT_ONCE)
})
