import type { JsonObject, JsonValue } from '../lib/json.ts'
import { seconds } from '../lib/units.ts'
import { systemClock } from '../platform/clock.ts'
import { createLog } from '../platform/log.ts'
import { matchesType } from '../events/catalog.ts'
import { limitsOf } from '../features/invocations/limits-of.ts'
import { checkLevel, effectiveSettings } from '../features/settings/effective-settings.ts'
import { answerOf, type ExtResponse } from '../features/routes/ext-response.ts'
import { matchRoute } from '../features/routes/match-route.ts'
import type { InvocationKind, PluginLogLine, PluginResult } from '../runtime/plugin-call.ts'
import { createRuntime } from '../runtime/runtime.ts'
import { readPlugin } from './read-plugin.ts'
import { scriptedCapabilities, type HostCall, type ScriptedCapability } from './scripted-capabilities.ts'

/** What the plugin is given; all of it may be left out. */
export interface TestHostOptions {
  /** Over the defaults of the manifest's schema. */
  settings?: JsonObject
  /** By their key. */
  secrets?: Record<string, string>
  /** Answers of the host by operation, e.g. `'http.fetch': () => ({ status: 200, body: 'ok' })`. */
  capabilities?: Record<string, ScriptedCapability>
  /** What a reviewer granted; all that the manifest asks for where left out. */
  permissions?: string[]
  license?: JsonObject | null
  site?: JsonObject
  organization?: JsonObject
}

/** What came of one call. */
export type TestResult = Pick<
  PluginResult,
  'outcome' | 'value' | 'handled' | 'error' | 'durationMs' | 'deniedOperations'
> & { logs: Pick<PluginLogLine, 'level' | 'message'>[] }

/** A request as a test gives it. */
export interface TestRequest {
  query?: Record<string, string>
  headers?: Record<string, string>
  /** A string is sent as text, bytes as bytes, all else as JSON. */
  body?: JsonValue | Uint8Array
  principal?: JsonObject | null
}

/** A plugin in the real sandbox, with a host that the test scripts. */
export interface TestHost extends AsyncDisposable {
  readonly plugin: { id: string; version: string }
  /** What the plugin asked of the host, in order. */
  readonly calls: readonly HostCall[]
  /** What it emitted. */
  readonly events: readonly { type: string; payload: JsonObject }[]
  hook: (name: string, payload?: JsonValue) => Promise<TestResult>
  event: (type: string, payload?: JsonObject) => Promise<TestResult>
  filter: (name: string, value: JsonValue) => Promise<TestResult>
  /** `route('GET /ping')`: the answer as a caller gets it. */
  route: (
    methodAndPath: string,
    request?: TestRequest,
  ) => Promise<TestResult & { response: ExtResponse | null }>
  job: (name: string, payload?: JsonValue) => Promise<TestResult>
  health: () => Promise<TestResult>
  /** `onInstall`, `onActivate`, `onDeactivate`, `onUpgrade`, `onUninstall`. */
  lifecycle: (name: string, change?: JsonObject) => Promise<TestResult>
  /** `transforms/build.js#transform` */
  transform: (reference: string, input: JsonValue) => Promise<TestResult>
  close: () => Promise<void>
}

/** Milliseconds, as a server has them where nothing else is configured. */
const PLATFORM = { timeoutMs: seconds(5), jobTimeoutMs: seconds(30), memoryMb: 100 }

/**
 * Runs a plugin's handlers in the sandbox that a server runs them in: the same processes, limits and checks.
 *
 * @param folder the plugin's; the working directory where left out
 * @throws {Error} where the plugin or the settings would be refused, with what stands against them
 */
export async function createTestHost(folder = '.', options: TestHostOptions = {}): Promise<TestHost> {
  const { manifest, code } = await readPlugin(folder)
  const settings = checkLevel(manifest, [], options.settings ?? {}, { field: 'settings', partial: false })
  const runtime = await createRuntime({
    clock: systemClock,
    log: createLog('silent'),
    processes: 2,
    pluginMemoryMb: PLATFORM.memoryMb,
  })
  const plugin = { id: manifest.id, version: manifest.version }
  const permissions = options.permissions ?? manifest.permissions.map(({ permission }) => permission)
  const calls: HostCall[] = []
  const { secrets = {}, capabilities = {} } = options
  const script = scriptedCapabilities({ manifest, permissions, secrets, capabilities, calls })

  const call = async (kind: InvocationKind, name: string, args: JsonValue[]): Promise<PluginResult> => {
    return await runtime.call({
      organization: 'test',
      installation: 'test',
      digest: code.digest,
      loadCode: async () => code,
      kind,
      name,
      args,
      context: {
        plugin,
        site: options.site ?? { id: 'site', slug: 'test', name: 'Test', hostVersion: '1.0.0', labels: {} },
        organization: options.organization ?? { id: 'organization', slug: 'test', name: 'Test' },
        settings: effectiveSettings(manifest, [settings]),
        permissions,
        license: options.license ?? null,
      },
      capabilities: script,
      limits: limitsOf(PLATFORM, manifest, { kind, name }),
    })
  }
  const told = async (kind: InvocationKind, name: string, args: JsonValue[]): Promise<TestResult> =>
    resultOf(await call(kind, name, args))
  /** A server calls nothing that the manifest does not name. */
  const named = async (
    is: boolean,
    kind: InvocationKind,
    name: string,
    arg: JsonValue,
  ): Promise<TestResult> => {
    if (!is) throw new Error(`The manifest of ${plugin.id} has no ${kind.toLowerCase()} ${name}.`)
    return await told(kind, name, [arg])
  }

  const isJob = (name: string): boolean => manifest.jobs.some((job) => job.name === name)

  return {
    plugin,
    calls,
    get events() {
      return calls
        .filter(({ operation }) => operation === 'events.emit')
        .map(({ input }) => input as unknown as { type: string; payload: JsonObject })
    },
    hook: (name, payload = {}) => named(manifest.hooks.includes(name), 'HOOK', name, payload),
    event: (type, payload = {}) => {
      const is = manifest.events.some((pattern) => matchesType(pattern, type))
      const occurredAt = new Date().toISOString()
      return named(is, 'EVENT', type, { id: `event-${calls.length}`, type, payload, occurredAt, site: null })
    },
    filter: (name, value) => named(manifest.filters.includes(name), 'FILTER', name, value),
    async route(methodAndPath, request = {}) {
      const [method = 'GET', path = '/'] = methodAndPath.split(' ')
      const route = matchRoute(manifest.routes, method, path)
      if (route === null) throw new Error(`The manifest of ${plugin.id} has no route ${methodAndPath}.`)
      const result = await call('ROUTE', route.key, [requestOf(method, path, route.params, request)])
      return { ...resultOf(result), response: answerOf(result) }
    },
    job: (name, payload = null) => named(isJob(name), 'JOB', name, payload),
    health: () => told('HEALTH', 'health', []),
    lifecycle: (name, change = {}) => told('LIFECYCLE', name, [change]),
    transform: (reference, input) => told('TRANSFORM', reference, [input]),
    close: () => runtime.close(0),
    [Symbol.asyncDispose]: () => runtime.close(0),
  }
}

function resultOf(result: PluginResult): TestResult {
  const { outcome, handled, durationMs, logs, value, error, deniedOperations } = result
  return {
    outcome,
    handled,
    durationMs,
    logs: logs.map(({ level, message }) => ({ level, message })),
    ...(value !== undefined && { value }),
    ...(error !== undefined && { error }),
    ...(deniedOperations !== undefined && { deniedOperations }),
  }
}

/** As a server hands it to the sandbox. */
function requestOf(
  method: string,
  path: string,
  params: Record<string, string>,
  { query = {}, headers = {}, body = null, principal = null }: TestRequest,
): JsonObject {
  const search = new URLSearchParams(query).toString()
  const common = {
    method,
    path,
    params,
    query,
    search: search === '' ? '' : `?${search}`,
    headers,
    principal,
  }
  if (body === null) return { ...common, rawBody: '', bodyKind: 'none' }
  if (body instanceof Uint8Array)
    return { ...common, rawBody: Buffer.from(body).toString('base64'), bodyKind: 'bytes' }
  if (typeof body === 'string') return { ...common, rawBody: body, bodyKind: 'text' }
  return { ...common, rawBody: JSON.stringify(body), bodyKind: 'json' }
}
