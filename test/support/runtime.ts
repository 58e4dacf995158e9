import { createHash } from 'node:crypto'
import { afterAll } from 'vitest'
import { findSourceMaps } from '../../src/features/invocations/find-source-maps.ts'
import type { JsonObject, JsonValue } from '../../src/lib/json.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createLog } from '../../src/platform/log.ts'
import type {
  Capability,
  InvocationKind,
  PluginCall,
  PluginCode,
  PluginResult,
} from '../../src/runtime/plugin-call.ts'
import { createRuntime, type Runtime, type RuntimeOptions } from '../../src/runtime/runtime.ts'

export interface TestPluginOptions {
  /** Path of the entry module; `main.js` unless told. */
  entry?: string
  organization?: string
  /** A new one for each plugin unless told. */
  installation?: string
  capabilities?: Record<string, Capability>
  permissions?: string[]
  settings?: JsonObject
  license?: JsonObject
  site?: JsonObject
  /** Files of the archive that are no modules, e.g. source maps. */
  files?: Record<string, string>
  timeoutMs?: number
  memoryMb?: number
  /** The sandbox to run in; one that the test file shares unless told. */
  runtime?: Runtime
}

/** A plugin in the real sandbox; each method runs one handler and gives what the runtime gives. */
export interface TestPlugin {
  /** What a call of this plugin looks like to the runtime. */
  callOf(kind: InvocationKind, name: string, args?: JsonValue[]): PluginCall
  call(kind: InvocationKind, name: string, args?: JsonValue[]): Promise<PluginResult>
  hook(name: string, payload?: JsonValue): Promise<PluginResult>
  event(type: string, payload?: JsonValue): Promise<PluginResult>
  filter(name: string, value: JsonValue): Promise<PluginResult>
  route(key: string, request?: JsonObject): Promise<PluginResult>
  job(name: string): Promise<PluginResult>
  lifecycle(name: string, change?: JsonValue): Promise<PluginResult>
  health(): Promise<PluginResult>
  /** `path#export` */
  transform(name: string, input: JsonValue): Promise<PluginResult>
}

let installations = 0

/**
 * A plugin made of sources by path, in a sandbox with children, limits and all.
 *
 * `await withPlugin({ 'main.js': '…' }).hook('service_provision', { name: 'x' })`
 */
export function withPlugin(modules: Record<string, string>, options: TestPluginOptions = {}): TestPlugin {
  installations += 1
  const installation = options.installation ?? `installation-${installations}`
  const entry = options.entry ?? 'main.js'
  const digest = createHash('sha256')
    .update(JSON.stringify([entry, modules, options.files]))
    .digest('hex')
  const callOf = (kind: InvocationKind, name: string, args: JsonValue[] = []): PluginCall => ({
    organization: options.organization ?? 'organization',
    installation,
    digest,
    loadCode: async () => codeOf(digest, entry, modules, options.files ?? {}),
    kind,
    name,
    args,
    context: {
      plugin: { id: 'under-test', version: '1.0.0' },
      site: options.site ?? { id: 'site', slug: 'north' },
      organization: { id: 'organization', slug: 'acme' },
      settings: options.settings ?? {},
      permissions: options.permissions ?? [],
      ...(options.license && { license: options.license }),
    },
    capabilities: options.capabilities ?? {},
    limits: { timeoutMs: options.timeoutMs ?? 5000, memoryMb: options.memoryMb ?? 64 },
  })
  const call = async (kind: InvocationKind, name: string, args?: JsonValue[]): Promise<PluginResult> => {
    const runtime = options.runtime ?? (await sharedRuntime())
    return await runtime.call(callOf(kind, name, args))
  }
  const withArgument =
    (kind: InvocationKind) =>
    (name: string, payload: JsonValue = {}) =>
      call(kind, name, [payload])
  return {
    callOf,
    call,
    hook: withArgument('HOOK'),
    event: withArgument('EVENT'),
    filter: withArgument('FILTER'),
    route: withArgument('ROUTE'),
    transform: withArgument('TRANSFORM'),
    lifecycle: (name, change) => call('LIFECYCLE', name, change === undefined ? [] : [change]),
    job: (name) => call('JOB', name),
    health: () => call('HEALTH', 'health'),
  }
}

function codeOf(
  digest: string,
  entry: string,
  sources: Record<string, string>,
  files: Record<string, string>,
): PluginCode {
  const modules = new Map(Object.entries(sources))
  const others = Object.entries(files).map(([path, text]) => [path, Buffer.from(text)] as const)
  return { digest, entry, modules, sourceMaps: findSourceMaps(modules, new Map(others)) }
}

/** A plugin whose one hook `run` is the body of an async function of `ctx` and `input`. */
export function withHook(body: string, options: TestPluginOptions = {}): TestPlugin {
  const source = `import { definePlugin, PluginError, PermissionDenied } from 'patchbay'
export default definePlugin({ hooks: { run: async (ctx, input) => { ${body} } } })`
  return withPlugin({ 'main.js': source }, options)
}

/** A hook `run` that waits inside a host call until it is let go, and says when it has come there. */
export function gatedHook(options: TestPluginOptions = {}): {
  plugin: TestPlugin
  entered: Promise<void>
  open(): void
} {
  const entered = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<null>()
  const capabilities = {
    'hooks.call': async () => {
      entered.resolve()
      return await gate.promise
    },
  }
  const body = `await ctx.hooks.call('x', 1); return 'done'`
  const plugin = withHook(body, { capabilities, timeoutMs: 20_000, ...options })
  return { plugin, entered: entered.promise, open: () => gate.resolve(null) }
}

/** A sandbox of its own; closed by whoever asks for it. */
export function startRuntime(options: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  return createRuntime({ clock: systemClock, log: createLog('silent'), pluginMemoryMb: 64, ...options })
}

let shared: Promise<Runtime> | undefined

/** The sandbox that a test file shares, closed when its tests are over. */
export function sharedRuntime(): Promise<Runtime> {
  shared ??= startRuntime()
  return shared
}

afterAll(async () => {
  await (await shared)?.close()
  shared = undefined
})
