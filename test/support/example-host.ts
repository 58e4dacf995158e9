import { exampleConfiguration, packExample } from '../../scripts/lib/example-packages.ts'
import { checkPackage } from '../../src/archive/check-package.ts'
import { effectiveSettings } from '../../src/features/settings/effective-settings.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import type { Capability, InvocationKind, PluginResult } from '../../src/runtime/plugin-call.ts'
import { permissionOf } from '../../src/inspection/scan/capabilities.ts'
import { CapabilityError } from '../../src/runtime/capability-error.ts'
import { sharedRuntime, withPlugin } from './runtime.ts'

export interface ExampleOptions {
  /** What the site set, over the manifest's defaults; the manifest's own example where left out. */
  configuration?: JsonObject
  secrets?: Record<string, string>
  license?: JsonObject
  /** Answers of the host by operation, over those of {@link quietHost}. */
  host?: Record<string, (input: JsonObject) => JsonValue>
  /** Permissions that the manifest asks for and the reviewer did not grant. */
  without?: string[]
}

export interface RequestParts {
  params?: JsonObject
  query?: JsonObject
  body?: JsonValue
}

/** An example plugin as it runs at a site: its own packed code, in the real sandbox. */
export interface ExampleHost {
  /** Runs one handler; `args` are what it gets after `ctx`. */
  call(kind: InvocationKind, name: string, ...args: JsonValue[]): Promise<PluginResult>
  /** Runs the handler of a route, by its declared key (`GET /ping`). */
  request(key: string, parts?: RequestParts): Promise<PluginResult>
  /** What it has emitted so far, in order. */
  emitted: { type: JsonValue; payload: JsonValue }[]
  /** What it asked of the host besides, in order. */
  asked: { operation: string; input: JsonObject }[]
}

/** Opens an example from its packed ZIP, with the settings that the platform would work out for it. */
export async function openExample(id: string, options: ExampleOptions = {}): Promise<ExampleHost> {
  const { zip } = await packExample(id)
  const { archive, manifest } = await checkPackage(zip)
  if (archive === null || manifest === null || manifest.entry === null)
    throw new Error(`${id} has no code to run.`)
  const granted = manifest.permissions
    .map(({ permission }) => permission)
    .filter((permission) => !options.without?.includes(permission))
  const emitted: ExampleHost['emitted'] = []
  const asked: ExampleHost['asked'] = []
  const plugin = withPlugin(modulesOf(archive.entries), {
    entry: manifest.entry,
    permissions: granted,
    settings: effectiveSettings(manifest, [options.configuration ?? (await exampleConfiguration(id))]),
    ...(options.license !== undefined && { license: options.license }),
    capabilities: Object.fromEntries(
      Object.entries(capabilities({ emitted, asked }, options)).filter(([operation]) => {
        const permission = permissionOf(operation)
        return permission === null || granted.includes(permission)
      }),
    ),
    ...(manifest.limits.memoryMb !== null && { memoryMb: manifest.limits.memoryMb }),
  })
  const call: ExampleHost['call'] = async (kind, name, ...args) => {
    const planned = plugin.callOf(kind, name, args)
    const runtime = await sharedRuntime()
    return await runtime.call({
      ...planned,
      context: { ...planned.context, plugin: { id: manifest.id, version: manifest.version } },
    })
  }
  return {
    call,
    request: (key, { params = {}, query = {}, body = null } = {}) => {
      const [method = '', path = ''] = key.split(' ')
      return call('ROUTE', key, { method, path, params, query, headers: {}, body, principal: null })
    },
    emitted,
    asked,
  }
}

/** Secrets and events in the test's memory, and what the test says, in place of the real host. */
function capabilities(
  { emitted, asked }: Pick<ExampleHost, 'emitted' | 'asked'>,
  { secrets = {}, host = {} }: ExampleOptions,
): Record<string, Capability> {
  const answers = Object.entries({ ...quietHost, ...host }).map(
    ([operation, answer]): [string, Capability] => [
      operation,
      async (input) => {
        if (!isJsonObject(input)) throw new Error(`${operation} sends an object`)
        asked.push({ operation, input })
        return answer(input)
      },
    ],
  )
  return {
    ...Object.fromEntries(answers),
    'secrets.get': async (input) => {
      const key = isJsonObject(input) ? input['key'] : undefined
      return typeof key === 'string' ? (secrets[key] ?? null) : null
    },
    'events.emit': async (input) => {
      if (!isJsonObject(input)) throw new Error('events.emit sends an object')
      emitted.push({ type: input['type'] ?? null, payload: input['payload'] ?? null })
      return null
    },
  }
}

/** A Patchbay that has neither a mail server nor a language model, and no other plugins. */
const quietHost: NonNullable<ExampleOptions['host']> = {
  'mail.send': () => notConfigured('mail'),
  'llm.complete': () => notConfigured('language models'),
  'hooks.call': () => ({ aborted: false, abortedBy: null, abortReason: null, results: [] }),
  'db.query': () => ({ rows: [], truncated: false }),
  'files.write': () => ({}),
  'files.list': () => ({ files: [], after: null }),
  'files.delete': () => true,
}

function notConfigured(what: string): never {
  throw new CapabilityError('NOT_CONFIGURED', `This Patchbay has no ${what}.`)
}

function modulesOf(entries: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  const modules = [...entries].filter(([path]) => /\.(?:js|mjs|json)$/.test(path))
  return Object.fromEntries(modules.map(([path, bytes]) => [path, Buffer.from(bytes).toString('utf8')]))
}
