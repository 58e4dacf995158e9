import { availableParallelism, totalmem } from 'node:os'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import { MiB } from '../lib/units.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import { DEFAULT_BUDGETS, type Budgets } from './budgets.ts'
import { planLaunch, type Launch } from './launch.ts'
import { Pool } from './pool.ts'
import type { LogLevel } from './protocol.ts'
import { RuntimeUnavailableError } from './runtime-errors.ts'
import { testSandbox } from './self-test.ts'
import type { StoppedCode } from './stopped-code.ts'

/** The verified code of one package version. */
export interface PluginCode {
  /** SHA-256 of the package. */
  digest: string
  /** Path of the entry module in the archive; '' where a package has none and only transforms are called. */
  entry: string
  /** Source text by path in the archive: `.js`, `.mjs` and `.json`. */
  modules: ReadonlyMap<string, string>
  /** Text of their source maps, by the path of the module. */
  sourceMaps?: ReadonlyMap<string, string>
}

/** What one call may take. */
export interface PluginLimits {
  /** Milliseconds by the wall, awaiting included; waiting for a free process is not. */
  timeoutMs: number
  /** MB of one isolate. */
  memoryMb: number
}

/** What of a plugin is run. */
export type InvocationKind =
  | 'HOOK'
  | 'EVENT'
  | 'FILTER'
  | 'ROUTE'
  | 'JOB'
  | 'LIFECYCLE'
  | 'HEALTH'
  | 'TRANSFORM'
  | 'MIGRATION'

/**
 * How a run ended: ABORTED is a hook that a plugin stopped on purpose, DENIED one that asked for what it may not have,
 * CRASHED one whose process ended.
 */
export type InvocationOutcome =
  | 'OK'
  | 'ABORTED'
  | 'ERROR'
  | 'TIMEOUT'
  | 'OUT_OF_MEMORY'
  | 'DENIED'
  | 'CRASHED'

/**
 * Answers one host call of the guest: gets parsed JSON, returns JSON-able; throws `CapabilityError(code, message)` for
 * what the plugin may know. The signal is aborted when the invocation ends.
 */
export interface Capability {
  (input: JsonValue, signal: AbortSignal, delivered?: Promise<void>): Promise<JsonValue>
  /**
   * It waits for a server or for other plugins, nobody knows how long: it takes no place of the other calls meanwhile, whom
   * it may even wait for. It is told when its answer, or the invocation, is no longer held for it: `delivered`.
   */
  readonly waitsForOthers?: boolean
}

/** One call of a plugin's code. */
export interface PluginCall {
  /** A process serves one organization at a time, and is killed before it serves another. */
  organization: string
  /** What is in flight in a process at one moment belongs to one installation. */
  installation: string
  digest: string
  /** A call of another plugin waits for it, and holds its process meanwhile. */
  nested?: boolean
  /** Asked only where no warm isolate holds this digest for this installation; the caller verifies the digest. */
  loadCode(): Promise<PluginCode>
  kind: InvocationKind
  /** HOOK: the hook; EVENT: the type; ROUTE: the declared key; LIFECYCLE: `onActivate` …; TRANSFORM, MIGRATION: `path#export`. */
  name: string
  /** What the handler gets after `ctx`. */
  args: JsonValue[]
  /** Becomes `ctx`, frozen. */
  context: {
    plugin: { id: string; version: string }
    site: JsonObject
    organization: JsonObject
    settings: JsonObject
    permissions: string[]
    /** Null, or left out: it runs without one. */
    license?: JsonObject | null
  }
  /** Host functions by operation, e.g. `secrets.get`; what is not here is denied and counted. */
  capabilities: Record<string, Capability>
  /** Hears each line as it comes; the result has all of them. */
  onLog?(line: PluginLogLine): void
  limits: PluginLimits
}

export interface PluginLogLine {
  at: Date
  level: LogLevel
  message: string
}

/** The guest's own words about what went wrong, each bounded. */
export interface PluginFailure {
  name: string
  message: string
  code?: string
  details?: JsonValue
  stack?: string
  /** The handler threw a PluginError: it says something on purpose, and is not broken. */
  isPluginError?: true
}

/** What came of a call. */
export interface PluginResult {
  outcome: InvocationOutcome
  /** What the handler returned; absent where it returned nothing. */
  value?: JsonValue
  /** False where the plugin exports no such handler: the outcome is OK then. */
  handled: boolean
  error?: PluginFailure
  logs: PluginLogLine[]
  startedAt: Date
  durationMs: number
  cpuMs: number
  /** Of its isolate at its end, which others may run in; read at most 0.1 ms of that isolate's CPU before. */
  heapUsedBytes: number
  hostCalls: number
  /** UTF-8 bytes of JSON that left the sandbox: the result's, and the inputs of its host calls. */
  bytesOut: number
  /** Host calls that were refused for want of permission. */
  deniedCalls: number
  /** Their operations, each once, as the guest named them. */
  deniedOperations?: readonly string[]
  /** It ended with its process, which another call brought down; where nobody knows which, the oldest did. */
  carriedAlong?: true
}

/** One protection, as the self-test found it. */
export interface SandboxLayer {
  name: string
  active: boolean
  detail: string
}

/** What the sandbox holds off here, and what is in it now. */
export interface SandboxStatus {
  /** Whether every layer that plugin code must not run without is active. */
  ok: boolean
  detail: string
  layers: SandboxLayer[]
  processes: { total: number; busy: number; spare: number }
  liveIsolates: number
  /** Processes that belong to somebody, and for which installations they hold isolates, each isolate once. */
  serving: { organization: string; installations: string[] }[]
  waitingCalls: number
}

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
 * Starts the processes that plugin code runs in, and tries to break out of one of them first.
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
  const processes = options.processes ?? defaultProcesses()
  const pool = new Pool({
    launch,
    clock: options.clock,
    log: options.log,
    processes,
    spares: Math.min(options.spares ?? 1, processes - 1),
    pluginMemoryMb,
    budgets: options.budgets ?? DEFAULT_BUDGETS,
    warmMemoryMb: options.warmMemoryMb ?? 150,
    callsPerProcess: options.callsPerProcess ?? 10_000,
    cpuSecondsPerProcess: cpuSeconds,
  })
  const sandbox = await testSandbox(launch)
  await pool.firstReady()
  return {
    call: sandbox.ok ? (call) => pool.call(call) : refuse,
    retire: (installation) => pool.retire(installation),
    stop: (code, reason) => pool.stop(code, reason),
    status: () => ({ ...sandbox, ...pool.status() }),
    close: (graceMs = 5000) => pool.close(graceMs),
  }
}

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
