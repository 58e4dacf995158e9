import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { LogLevel } from './protocol.ts'

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

/** Lets what one call of a plugin asks and answers come in turn with what others do, by its bytes. */
export interface CallPace {
  /** What it sent is read when this resolves, at once where there is no promise; the signal is aborted when it ends. */
  before(bytes: number, signal?: AbortSignal): Promise<void> | undefined
  /** Told when it was carried out: what is refused takes less. */
  served(bytes: number): void
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
  pace?: CallPace
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
