import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../src/platform/log.ts'
import { DEFAULT_BUDGETS } from '../../src/runtime/budgets.ts'
import { directStarter } from '../../src/runtime/direct-starter.ts'
import { planLaunch, type Launch } from '../../src/runtime/launch.ts'
import { openStarter } from '../../src/runtime/open-starter.ts'
import type { ChildMessage } from '../../src/runtime/protocol.ts'
import { RunnerProcess } from '../../src/runtime/runner-process.ts'
import { testSandbox } from '../../src/runtime/self-test.ts'
import type { Starter } from '../../src/runtime/starter.ts'
import { isAlive, launchersOf, runnersOf } from '../support/child-processes.ts'
import { runProgram } from '../support/children.ts'
import { sharedRuntime } from '../support/runtime.ts'

const launch = await planLaunch({ dataKb: 400_000, cpuSeconds: 60 })
const launcher = await openStarter(launch, createLog('silent'))
afterAll(() => launcher.close())

test('the status names every layer of the sandbox, tried at start', async () => {
  const { ok, detail, layers, processes } = (await sharedRuntime()).status()
  expect(ok).toBe(true)
  expect(detail).toMatch(/layers/)
  expect(layers.map(({ name }) => name)).toEqual([
    'files',
    'processes',
    'threads',
    'webassembly',
    'environment',
    'network',
    'memory',
    'cpu',
    'core',
    'privileges',
    'priority',
    'death-signal',
  ])
  // Every Linux lets us lower it.
  expect(layers.find(({ name }) => name === 'priority')?.active).toBe(process.platform === 'linux')
  expect(processes.spare).toBeGreaterThan(0)
})

test('a layer that is missing is found missing', async () => {
  const open = { ...launch, line: [process.execPath, '--allow-addons'], deathSignal: false, raises: false }
  const { ok, layers } = await testSandbox(open, launcher)
  expect(ok).toBe(false)
  const active = layers.filter((layer) => layer.active).map(({ name }) => name)
  // Many machines allow no core files anyway.
  expect(active.filter((name) => name !== 'core')).toEqual(['environment'])
})

test.each([
  ['the launcher', launcher],
  ['the service itself', directStarter],
])('a machine where no process can be started by %s is told, not waited for', async (_who, starter) => {
  const { ok, detail } = await testSandbox({ ...launch, line: ['/does/not/exist'] }, starter)
  expect(ok).toBe(false)
  expect(detail).toMatch(/could not be tested: .*ENOENT/)
})

test('a machine where no launcher can be started does without', async () => {
  const log = createLog('silent')
  for (const line of [['/does/not/exist'], [process.execPath, '--eval', 'process.exit(1)']]) {
    expect(await openStarter({ ...launch, launcher: line }, log)).toBe(directStarter)
  }
})

test.runIf(process.platform === 'linux')(
  'children die with a parent that is killed: blank, waiting and looping ones',
  async () => {
    const parent = runProgram(`
    import { createRuntime } from './src/runtime/runtime.ts'
    import { createLog } from './src/platform/log.ts'
    const runtime = await createRuntime({ clock: { now: () => new Date() }, log: createLog('silent'), processes: 4 })
    const call = (organization, body) => {
      const entered = Promise.withResolvers()
      void runtime.call({ organization, installation: organization, digest: body, kind: 'HOOK', name: 'x', args: [],
        loadCode: async () => ({ digest: body, entry: 'main.js',
          modules: new Map([['main.js', 'export default { hooks: { x: async (ctx) => { await ctx.hooks.call("x", 1); ' + body + ' } } }']]) }),
        context: { plugin: { id: 'p', version: '1.0.0' }, site: {}, organization: {}, settings: {}, permissions: [] },
        capabilities: { 'hooks.call': async () => { entered.resolve(); return null } },
        limits: { timeoutMs: 60_000, memoryMb: 64 } })
      return entered.promise
    }
    await Promise.all([call('a', 'for (;;);'), call('b', 'await new Promise(() => {})'), call('c', 'Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)')])
    while (runtime.status().processes.spare === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    console.log('ready')`)
    expect(await parent.nextLine()).toBe('ready')
    const runners = runnersOf(parent.process.pid!)
    expect(runners.length).toBeGreaterThanOrEqual(4)
    const children = [...launchersOf(parent.process.pid!), ...runners]
    expect(children.length).toBe(runners.length + (launch.launcher ? 1 : 0))
    await parent.kill()
    while (children.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10))
  },
)

/** Starts a program in place of the runner, and gives what the parent made of it. */
async function meet(
  program: string,
  starter: Starter = launcher,
): Promise<{ messages: ChildMessage[]; violation: string | undefined; runner: RunnerProcess }> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-runner-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'main.mjs'), program)
  const bare: Launch = { ...launch, folder, line: [process.execPath] }
  const messages: ChildMessage[] = []
  let violation: string | undefined
  const settings = { launch: bare, starter, pluginMemoryMb: 64, budgets: DEFAULT_BUDGETS }
  const runner = new RunnerProcess(settings, {
    onMessage: (message) => messages.push(message),
    onViolation: (reason) => {
      violation = reason
    },
    onExit: () => messages,
  })
  await runner.exited
  return { messages, violation, runner }
}

const FRAME = `const frame = (head, body = '') => { const h = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head)), b = Buffer.from(body)
  const n = Buffer.alloc(8); n.writeUInt32BE(4 + h.length + b.length); n.writeUInt32BE(h.length, 4); process.stdout.write(Buffer.concat([n, h, b])) }
process.stdin.resume();`

test.each([
  [
    'writes what is no frame',
    `process.stdout.write('hello, this is not a frame at all')`,
    'A frame of impossible length.',
  ],
  [
    'announces a frame of 4 GB',
    `process.stdout.write(Buffer.from('ffffffff00000010', 'hex'))`,
    'A frame of impossible length.',
  ],
  [
    'announces a head longer than its frame',
    `process.stdout.write(Buffer.from('0000000800000100', 'hex'))`,
    'A frame of impossible length.',
  ],
  ['sends a head that is no JSON', `frame('{')`, 'A head that is not acceptable JSON.'],
  ['sends a head that is no object', `frame('[]')`, 'A head that is no object.'],
  ['sends a kind that is unknown', `frame({ t: 'shutdown' })`, 'A message of an unknown kind.'],
  [
    'sends a key that pollutes prototypes',
    `frame('{"t":"ready","__proto__":{"x":1}}')`,
    'A head that is not acceptable JSON.',
  ],
  [
    'sends more than it may',
    `for (let i = 0; i < 3; i += 1) frame({ t: 'log', call: 1, level: 'info' }, 'x')`,
    'More messages than it may send.',
  ],
  [
    'sends a call that is no number',
    `frame({ t: 'log', call: 'x', level: 'info' })`,
    'A number that is none.',
  ],
  [
    'sends a level that is unknown',
    `frame({ t: 'log', call: 1, level: 'fatal' })`,
    'A word that is not known.',
  ],
  [
    'sends amounts that are none',
    `frame({ t: 'done', call: 1, ending: 'done', cpuMs: -1, heapBytes: 1 })`,
    'An amount that is none.',
  ],
  [
    'sends an outcome that is unknown',
    `frame({ t: 'done', call: 1, ending: 'OK', cpuMs: 1, heapBytes: 1 })`,
    'A word that is not known.',
  ],
])('a child that %s is killed', async (_name, program, reason) => {
  const { violation } = await meet(`${FRAME}\n${program}\nsetInterval(() => {}, 1000)`)
  expect(violation).toBe(reason)
})

test('a child that dies before it is ready is told apart from one that was', async () => {
  const { runner } = await meet('process.exit(3)')
  expect(await runner.ready).toBe(false)
})

test.each([
  ['the launcher', launcher],
  ['the service itself', directStarter],
])('the last words of a child are kept, not all of them, if %s started it', async (_who, starter) => {
  const program = `process.stderr.write('why '.repeat(100_000), () => process.exit(1))`
  const { runner } = await meet(program, starter)
  expect(runner.lastWords).toMatch(/^why why/)
  expect(runner.lastWords.length).toBe(4096)
})
