import { availableParallelism, totalmem } from 'node:os'
import { MiB } from '../lib/units.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import { DEFAULT_BUDGETS, type Budgets } from './budgets.ts'
import { planLaunch, type Launch } from './launch.ts'
import { openStarter } from './open-starter.ts'
import { Pool } from './pool.ts'
import type { PluginCall, PluginResult } from './plugin-call.ts'
import { RuntimeUnavailableError } from './runtime-errors.ts'
import type { SandboxStatus } from './sandbox-status.ts'
import { knownSandbox } from './known-sandbox.ts'
import type { StoppedCode } from './stopped-code.ts'
import { Throttle } from './throttle.ts'

/** Runs the code of plugins, each call in a process that holds off what it must not reach. */
export interface Runtime {
  /**
   * Runs one handler of one plugin.
   *
   * @throws {RuntimeBusyError} where 100 calls of the installation wait already
   * @throws {RuntimeUnavailableError} where no process could be started in its time, or in 5 s if it has less, and where the
   *   sandbox lacks a layer that plugin code must not run without
   * @throws {PayloadTooLargeError} where arguments or code are too large to cross
   * @throws {RuntimeClosedError} after `close`, and for what had not begun by then
   */
  call(call: PluginCall): Promise<PluginResult>
  /** Drops the warm isolates of an installation; what runs ends on the version that it began with. */
  retire(installation: string): void
  /**
   * Kills the processes in which that code runs now, and drops its warm isolates without a goodbye. What ran or waited
   * ends CRASHED with the reason. Calls that come later are the caller's to refuse: `loadCode` is asked for each.
   */
  stop(code: StoppedCode, reason: string): void
  status(): SandboxStatus
  /** Waits up to `graceMs` for what runs, then kills. No process is left when it returns. */
  close(graceMs?: number): Promise<void>
}

/** How the sandbox is run; what is left out follows from the machine or the plugin format. */
export interface RuntimeOptions {
  clock: Clock
  log: Log
  /** How processes are started; the strictest way that works here where left out. */
  launch?: Launch
  /** Processes, busy and spare; default by cores and memory. */
  processes?: number
  /** Whether others than that organization wait for an answer now; nobody does where left out. */
  othersHurry?: (organization: string | undefined) => boolean
  /** Cores that the service, its database and plugins share; those of the machine where left out. */
  cores?: number
  /** Those of the plugin format where left out. */
  budgets?: Budgets
  /** Blank processes kept ready, of those. */
  spares?: number
  /** MB: the largest `limits.memoryMb` of a call, and the size of blank isolates. */
  pluginMemoryMb?: number
  /** MB of warm isolates in one process, beyond which the least recently used go. */
  warmMemoryMb?: number
  /** After so many calls a process is replaced. */
  callsPerProcess?: number
  /** After so many seconds of CPU a process is replaced. */
  cpuSecondsPerProcess?: number
}

/**
 * Starts the processes that plugin code runs in, and tries to break out of one of them first, where this process has not
 * tried it yet.
 */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const pluginMemoryMb = options.pluginMemoryMb ?? 100
  const cpuSeconds = options.cpuSecondsPerProcess ?? 60
  const limits = {
    // Twice what one plugin may take, and what node itself takes; 400,000 held every hostile program that was tried.
    dataKb: Math.max(400_000, 64_000 + 2048 * pluginMemoryMb),
    // Twice, since a process is replaced only between calls.
    cpuSeconds: 2 * cpuSeconds,
  }
  const launch = options.launch ?? (await planLaunch(limits))
  const starter = await openStarter(launch, options.log)
  const processes = options.processes ?? defaultProcesses()
  const pool = new Pool({
    launch,
    starter,
    throttle: new Throttle(launch.deathSignal ? (options.othersHurry ?? nobody) : nobody, options.cores),
    clock: options.clock,
    log: options.log,
    processes,
    spares: Math.min(options.spares ?? 1, processes - 1),
    pluginMemoryMb,
    budgets: options.budgets ?? DEFAULT_BUDGETS,
    warmMemoryMb: options.warmMemoryMb ?? 150,
    callsPerProcess: options.callsPerProcess ?? 100_000,
    cpuSecondsPerProcess: cpuSeconds,
  })
  const sandbox = await knownSandbox(launch, starter)
  await pool.firstReady()
  return {
    call: sandbox.ok ? (call) => pool.call(call) : refuse,
    retire: (installation) => pool.retire(installation),
    stop: (code, reason) => pool.stop(code, reason),
    status: () => ({ ...sandbox, ...pool.status() }),
    close: async (graceMs = 5000) => {
      await pool.close(graceMs)
      await starter.close()
    },
  }
}

/** Where a runner may outlive us, none is stopped: it would never end. */
const nobody = (): boolean => false

async function refuse(): Promise<never> {
  return await Promise.reject(
    new RuntimeUnavailableError('The sandbox lacks what plugin code must not run without.'),
  )
}

/** Two a core, at least 3 and at most 16, and no more than a quarter of the memory could hold when each is full. */
function defaultProcesses(): number {
  const byMemory = Math.floor(totalmem() / 4 / (400 * MiB))
  return Math.max(2, Math.min(16, Math.max(3, 2 * availableParallelism()), byMemory))
}
