import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { createLog } from '../../src/platform/log.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { callBody } from '../../src/runtime/call-body.ts'
import { planLaunch, type Launch } from '../../src/runtime/launch.ts'
import { createRuntime, type Runtime } from '../../src/runtime/runtime.ts'
import { median } from '../serving.ts'
import { startEcho } from './echo.ts'
import { callOf, CODE } from './plugin.ts'

const ROUNDS = 30
const CALLS = 100
const FIRST_CALLS = 40
/** A tenth of a second: by then the scheduler has given parent and child a core each, where there are any. */
const RATE_CALLS = 5000
/** At once, as many as one installation may have. */
const AT_ONCE = 8

/** One call through the pool: warm, many at once, and the first of a cold plugin; each against what it is made of. */
export async function measureCalls(): Promise<void> {
  const launch = await planLaunch({ dataKb: 400_000, cpuSeconds: 120 })
  const runtime = await createRuntime({
    clock: systemClock,
    log: createLog('silent'),
    processes: 3,
    callsPerProcess: 1_000_000,
    cpuSecondsPerProcess: 1000,
  })
  try {
    await measureWarm(runtime, launch)
    await measureAgainstInProcess(runtime, launch)
  } finally {
    await runtime.close(0)
  }
}

async function measureWarm(runtime: Runtime, launch: Launch): Promise<void> {
  const echo = await startEcho(launch, path.join(import.meta.dirname, 'stream-frames.mjs'))
  const sameFrames = await startEcho(launch, path.join(launch.folder, 'frames.mjs'))
  const call = callOf('warm', 'acme')
  const body = callBody(call)
  const sides = [
    { run: () => runtime.call(call), times: [] as number[] },
    { run: () => echo.call(body), times: [] as number[] },
    { run: () => sameFrames.call(body), times: [] as number[] },
  ]
  for (let round = -3; round < ROUNDS; round += 1) {
    for (const { run, times } of round % 2 === 0 ? sides : sides.toReversed()) {
      for (let n = 0; n < CALLS; n += 1) {
        const began = performance.now()
        await run()
        if (round >= 0) times.push(performance.now() - began)
      }
    }
  }
  await Promise.all([echo.close(), sameFrames.close()])
  const [pool, message, same] = sides.map(({ times }) => median(times) * 1000) as [number, number, number]
  print(`a warm call through the pool       ${pool.toFixed(0)} µs`)
  print(`a bare message to a child and back ${message.toFixed(0)} µs`)
  print(`ratio of the medians (at most 2.5) ${(pool / message).toFixed(2)}`)
  print(`the same by a runner's own pipes   ${same.toFixed(0)} µs, ratio ${(pool / same).toFixed(2)}`)
}

/**
 * Throughput first, and first calls after that: a cold call has another process started, which would compute beside
 * what is measured, and where there are places for three it takes that of the warm one.
 */
async function measureAgainstInProcess(runtime: Runtime, launch: Launch): Promise<void> {
  const body = callBody(callOf('warm', 'acme'))
  const inProcess = startInProcess(launch, body, ['--jitless'])
  const compiled = startInProcess(launch, body, [])
  await untilSpare(runtime)
  const sides = [
    { run: async () => (await inProcess.measure(RATE_CALLS)).perSecond, rates: [] as number[] },
    { run: async () => (await compiled.measure(RATE_CALLS)).perSecond, rates: [] as number[] },
    { run: async () => await rateOf(runtime), rates: [] as number[] },
  ]
  for (let round = -3; round < ROUNDS; round += 1) {
    for (const { run, rates } of sides) {
      const rate = await run()
      if (round >= 0) rates.push(rate)
    }
  }
  const bare: number[] = []
  const firsts: number[] = []
  for (let round = -1; round < FIRST_CALLS; round += 1) {
    const { firstMs } = await compiled.measure(1)
    const first = await firstCall(runtime, round)
    if (round < 0) continue
    bare.push(firstMs)
    firsts.push(first)
  }
  inProcess.close()
  compiled.close()
  const [own, fast, child] = sides.map(({ rates }) => median(rates)) as [number, number, number]
  print(`calls a second of one child, ${AT_ONCE} at once        ${child.toFixed(0)}`)
  print(`in process, asynchronously, by the same flags   ${own.toFixed(0)}`)
  print(`ratio (at least 0.6)                            ${(child / own).toFixed(2)}`)
  print(`in process, with the compiler                   ${fast.toFixed(0)}`)
  print(`first call of a cold plugin in a spare child    ${median(firsts).toFixed(2)} ms`)
  print(`a bare isolate, context, compilation and call   ${median(bare).toFixed(2)} ms`)
  print(`ratio of the medians (at most 3)                ${(median(firsts) / median(bare)).toFixed(2)}`)
}

async function rateOf(runtime: Runtime): Promise<number> {
  const call = callOf('warm', 'acme')
  let left = RATE_CALLS
  const began = performance.now()
  const work = async (): Promise<void> => {
    for (; left > 0; left -= 1) await runtime.call(call)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return RATE_CALLS / ((performance.now() - began) / 1000)
}

/** Of an organization and a package that are new, when a spare process has stood there for a while. */
async function firstCall(runtime: Runtime, round: number): Promise<number> {
  await untilSpare(runtime)
  const call = callOf(`cold ${round}`, `organization ${round}`)
  const began = performance.now()
  await runtime.call(call)
  return performance.now() - began
}

async function untilSpare(runtime: Runtime): Promise<void> {
  while (runtime.status().processes.spare === 0) await pause(5)
  await pause(50)
}

function startInProcess(launch: Launch, body: string, flags: string[]) {
  const script = path.join(import.meta.dirname, 'in-process.mjs')
  const args = [...flags, '--no-node-snapshot', script, launch.folder, launch.engine, CODE, body]
  // At the priority of children: the machine may have other work.
  const child = spawn('nice', ['-n', '10', process.execPath, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  return {
    async measure(calls: number): Promise<{ perSecond: number; firstMs: number }> {
      child.stdin.write(`${calls}\n`)
      const [line] = (await once(lines, 'line')) as [string]
      return JSON.parse(line) as { perSecond: number; firstMs: number }
    },
    close: () => child.stdin.end(),
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
