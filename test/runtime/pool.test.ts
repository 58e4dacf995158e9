import { afterEach, expect, test } from 'vitest'
import type { Runtime, RuntimeOptions } from '../../src/runtime/runtime.ts'
import { childrenOf, runnersOf } from '../support/child-processes.ts'
import { createLog } from '../../src/platform/log.ts'
import { gatedHook, startRuntime, withHook, withPlugin } from '../support/runtime.ts'

let runtime: Runtime

async function start(options: Partial<RuntimeOptions> = {}): Promise<void> {
  runtime = await startRuntime(options)
}

afterEach(async () => {
  await runtime.close(0)
  expect(childrenOf(process.pid)).toEqual([])
})

/** Waits for what the runtime does by itself, by looking. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('a process that serves one organization never serves another, and one installation at a time', async () => {
  const begun: { pid: number; organization: string; installation: string }[] = []
  const log = createLog('trace', { write: (line) => note(begun, line) })
  await start({ processes: 3, log })
  const call = async (organization: string): Promise<void> => {
    const result = await withHook('return 1', { runtime, organization }).hook('run')
    expect(result.outcome).toBe('OK')
  }
  for (const organization of ['a', 'b', 'a', 'c', 'd', 'a', 'b', 'e', 'a']) await call(organization)
  await Promise.all(['f', 'g', 'f', 'a', 'g', 'h'].map(call))
  expect(begun).toHaveLength(15)
  const organizations = new Map<number, Set<string>>()
  for (const { pid, organization } of begun) {
    organizations.set(pid, (organizations.get(pid) ?? new Set()).add(organization))
  }
  expect(organizations.size).toBeGreaterThan(3)
  for (const served of organizations.values()) expect(served.size).toBe(1)
  expect(runtime.status().processes.total).toBeLessThanOrEqual(3)
})

test('what is in flight in a process at one moment belongs to one installation', async () => {
  const begun: { pid: number; organization: string; installation: string }[] = []
  const log = createLog('trace', { write: (line) => note(begun, line) })
  await start({ processes: 4, log })
  const first = gatedHook({ runtime })
  const running = [first.plugin.hook('run'), first.plugin.hook('run')]
  await first.entered
  const second = gatedHook({ runtime })
  running.push(second.plugin.hook('run'))
  await second.entered
  const pids = begun.map(({ pid }) => pid)
  expect(pids[0]).toBe(pids[1])
  expect(pids[2]).not.toBe(pids[0])
  first.open()
  second.open()
  await Promise.all(running)
})

function note(begun: { pid: number; organization: string; installation: string }[], line: string): void {
  const fields = JSON.parse(line) as { msg: string; pid: number; organization: string; installation: string }
  if (fields.msg === 'A call goes to a runner') begun.push(fields)
}

test('an installation keeps its warm isolate; another one of the organization has its own', async () => {
  await start()
  const source = { 'main.js': 'let n = 0; export default { hooks: { x: () => (n += 1) } }' }
  const first = withPlugin(source, { runtime })
  const second = withPlugin(source, { runtime })
  expect((await first.hook('x')).value).toBe(1)
  expect((await second.hook('x')).value).toBe(1)
  expect((await first.hook('x')).value).toBe(2)
  expect(runtime.status().liveIsolates).toBe(2)
})

test('retire drops the warm isolates; what runs ends on the version that it began with', async () => {
  await start()
  const { plugin, entered, open } = gatedHook({ runtime, installation: 'i' })
  const running = plugin.hook('run')
  await entered
  runtime.retire('i')
  const newer = withHook(`return 'new'`, { runtime, installation: 'i' })
  expect((await newer.hook('run')).value).toBe('new')
  open()
  expect((await running).value).toBe('done')
  await until(() => runtime.status().liveIsolates === 1)
  runtime.retire('i')
  await until(() => runtime.status().liveIsolates === 0)
})

test('onLoad and onUnload run when an isolate opens and closes, and one that hangs is cut off', async () => {
  await start()
  const source = (unload: string): Record<string, string> => ({
    'main.js': `export default { onLoad: (ctx) => { ctx.log.info('loaded') }, onUnload: ${unload}, hooks: { x: () => 1 } }`,
  })
  const polite = withPlugin(source('async (ctx) => { await ctx.secrets.get("x") }'), {
    runtime,
    installation: 'polite',
  })
  expect((await polite.hook('x')).logs[0]?.message).toBe('loaded')
  const rude = withPlugin(source('() => { for (;;); }'), { runtime, installation: 'rude' })
  await rude.hook('x')
  runtime.retire('polite')
  await until(() => runtime.status().liveIsolates === 1)
  runtime.retire('rude')
  await until(() => runtime.status().liveIsolates === 0)
  expect((await polite.hook('x')).value).toBe(1)
})

test.runIf(process.platform === 'linux')(
  'kill -9 of a child ends its calls with CRASHED, and no others',
  async () => {
    await start({ processes: 4 })
    const blank = new Set(runnersOf(process.pid))
    const victim = gatedHook({ runtime, organization: 'a' })
    const neighbour = gatedHook({ runtime, organization: 'b' })
    const dying = victim.plugin.hook('run')
    await victim.entered
    const before = runtime.status().processes.busy
    expect(before).toBe(1)
    // The first blank child is the one that serves: it was the only one when the call came.
    const [pid] = [...blank]
    const living = neighbour.plugin.hook('run')
    await neighbour.entered
    process.kill(pid!, 'SIGKILL')
    expect(await dying).toMatchObject({ outcome: 'CRASHED', error: { name: 'CRASHED' } })
    neighbour.open()
    expect(await living).toMatchObject({ outcome: 'OK', value: 'done' })
    expect((await withHook('return 1', { runtime, organization: 'a' }).hook('run')).value).toBe(1)
  },
)

test('a timeout takes only its own isolate’s calls along, those of another organization go on', async () => {
  await start({ processes: 4 })
  const neighbour = gatedHook({ runtime, organization: 'b' })
  const living = neighbour.plugin.hook('run')
  await neighbour.entered
  const source = `if (input.loop) for (;;); await new Promise((resolve) => setTimeout(resolve, 10_000))`
  const looping = withHook(source, { runtime, organization: 'a', timeoutMs: 300 })
  const runtimeCall = looping.callOf('HOOK', 'run', [{}])
  const companion = runtime.call({ ...runtimeCall, limits: { timeoutMs: 20_000, memoryMb: 64 } })
  expect((await looping.hook('run', { loop: true })).outcome).toBe('TIMEOUT')
  expect(await companion).toMatchObject({ outcome: 'CRASHED', carriedAlong: true })
  neighbour.open()
  expect((await living).outcome).toBe('OK')
})

test('an organization whose plugins all hang leaves processes to the others', async () => {
  await start({ processes: 4 })
  const hanging = Array.from({ length: 12 }, () =>
    withHook('for (;;);', { runtime, organization: 'flood', timeoutMs: 60_000 }).hook('run'),
  )
  const ends = Promise.allSettled(hanging)
  for (const organization of ['b', 'c']) {
    const result = await withHook('return 1', { runtime, organization }).hook('run')
    expect(result.outcome).toBe('OK')
  }
  expect(runtime.status()).toMatchObject({ processes: { busy: 2 }, waitingCalls: 10 })
  await runtime.close(0)
  const outcomes = (await ends).map((end) => (end.status === 'fulfilled' ? end.value.outcome : 'refused'))
  expect(outcomes.filter((outcome) => outcome === 'CRASHED')).toHaveLength(2)
  expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(10)
})

test('more organizations than processes are all served', async () => {
  await start({ processes: 2 })
  const calls = Array.from({ length: 10 }, (_, index) =>
    withHook('return input.n', { runtime, organization: `o${index}` }).hook('run', { n: index }),
  )
  expect((await Promise.all(calls)).map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(runtime.status().processes.total).toBeLessThanOrEqual(2)
})

test('a process is replaced after so many calls', async () => {
  await start({ callsPerProcess: 5, processes: 2 })
  const plugin = withPlugin(
    { 'main.js': 'let n = 0; export default { hooks: { x: () => (n += 1) } }' },
    { runtime },
  )
  const values: unknown[] = []
  for (let index = 0; index < 12; index += 1) values.push((await plugin.hook('x')).value)
  expect(values).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2])
})

test('the least recently used isolates go when a process holds more than it may keep warm', async () => {
  await start({ warmMemoryMb: 60, processes: 2 })
  const source = {
    'main.js': `const held = new Array(1_500_000).fill(1.5); export default { hooks: { x: () => held.length } }`,
  }
  for (let index = 0; index < 8; index += 1) {
    expect((await withPlugin(source, { runtime }).hook('x')).value).toBe(1_500_000)
  }
  await until(() => runtime.status().processes.busy === 0)
  expect(runtime.status().liveIsolates).toBeLessThan(6)
})
