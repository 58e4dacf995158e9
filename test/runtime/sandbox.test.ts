import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { planLaunch, type Launch } from '../../src/runtime/launch.ts'
import type { ChildMessage } from '../../src/runtime/protocol.ts'
import { RunnerProcess } from '../../src/runtime/runner-process.ts'
import { testSandbox } from '../../src/runtime/self-test.ts'
import { childrenOf, isAlive } from '../support/child-processes.ts'
import { runProgram } from '../support/children.ts'
import { sharedRuntime } from '../support/runtime.ts'

const limits = { dataKb: 400_000, cpuSeconds: 60 }

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
  const launch = await planLaunch(limits)
  const { ok, layers } = await testSandbox({
    ...launch,
    line: [process.execPath, '--allow-addons'],
    deathSignal: false,
    raises: false,
  })
  expect(ok).toBe(false)
  const active = layers.filter((layer) => layer.active).map(({ name }) => name)
  // Many machines allow no core files anyway.
  expect(active.filter((name) => name !== 'core')).toEqual(['environment'])
})

test('a machine where no process can be started is told, not waited for', async () => {
  const launch = await planLaunch(limits)
  const { ok, detail } = await testSandbox({ ...launch, line: ['/does/not/exist'] })
  expect(ok).toBe(false)
  expect(detail).toMatch(/could not be tested/)
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
    const children = childrenOf(parent.process.pid!)
    expect(children.length).toBeGreaterThanOrEqual(4)
    await parent.kill()
    while (children.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10))
  },
)

/** Starts a program in place of the runner, and gives what the parent made of it. */
async function meet(
  program: string,
): Promise<{ messages: ChildMessage[]; violation: string | undefined; runner: RunnerProcess }> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-runner-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'main.mjs'), program)
  const launch: Launch = { ...(await planLaunch(limits)), folder, line: [process.execPath] }
  const messages: ChildMessage[] = []
  let violation: string | undefined
  const runner = new RunnerProcess(launch, 64, {
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

test('the last words of a child are kept, not all of them', async () => {
  const { runner } = await meet(`process.stderr.write('why '.repeat(100_000), () => process.exit(1))`)
  expect(runner.lastWords).toMatch(/^why why/)
  expect(runner.lastWords.length).toBe(4096)
})
