import type { Manifest } from '../archive/manifest.ts'
import { permissionOf } from '../inspection/scan/capabilities.ts'
import type { JsonValue } from '../lib/json.ts'
import { CapabilityError } from '../runtime/capability-error.ts'
import type { Capability } from '../runtime/plugin-call.ts'

/** Answers one operation of `ctx` in a test; what it throws, the plugin gets as an error of the host. */
export type ScriptedCapability = (input: never) => unknown

/** One call that the plugin made of the host. */
export interface HostCall {
  /** E.g. `http.fetch`. */
  operation: string
  input: JsonValue
}

/** What a test gives in the place of the host. */
export interface Script {
  manifest: Manifest
  /** Permissions that the plugin holds. */
  permissions: readonly string[]
  secrets: Readonly<Record<string, string>>
  capabilities: Readonly<Record<string, ScriptedCapability>>
  /** Each call is added to it. */
  calls: HostCall[]
}

/** Every operation that there is. */
const OPERATIONS = [
  'secrets.get',
  'events.emit',
  'http.fetch',
  'http.rest',
  'db.query',
  'files.read',
  'files.write',
  'files.list',
  'files.delete',
  'collections.insert',
  'collections.get',
  'collections.find',
  'collections.update',
  'collections.updateMany',
  'collections.delete',
  'collections.count',
  'llm.complete',
  'mail.send',
  'hooks.call',
]

/**
 * The host's side of a test: every operation that the plugin has the permission for is noted, and answered by what the test
 * scripts. Secrets and events need no script. Without the permission it is denied, as it would be by the host.
 */
export function scriptedCapabilities(script: Script): Record<string, Capability> {
  const held = OPERATIONS.filter((operation) => {
    const permission = permissionOf(operation)
    return permission === null || script.permissions.includes(permission)
  })
  return Object.fromEntries(held.map((operation) => [operation, answering(script, operation)]))
}

function answering(script: Script, operation: string): Capability {
  return async (input) => {
    script.calls.push({ operation, input })
    const scripted = script.capabilities[operation] ?? builtIn(script, operation)
    if (scripted === undefined) {
      const message = `The test does not script ${operation}: give createTestHost({ capabilities: { '${operation}': (input) => … } }).`
      throw new CapabilityError('NOT_SCRIPTED', message)
    }
    try {
      return (await scripted(input as never)) as JsonValue
    } catch (error) {
      if (error instanceof CapabilityError) throw error
      const { code, message } = error as { code?: unknown; message?: unknown }
      throw new CapabilityError(typeof code === 'string' ? code : 'HOST_ERROR', String(message ?? error))
    }
  }
}

function builtIn({ manifest, secrets, calls }: Script, operation: string): ScriptedCapability | undefined {
  if (operation === 'events.emit') return () => ({ id: `event-${calls.length}` })
  if (operation !== 'secrets.get') return undefined
  return ({ key }: { key: string }) => {
    if (!manifest.secrets.some((secret) => secret.key === key))
      throw new CapabilityError('SECRET_UNKNOWN', `The manifest declares no secret "${key}".`)
    return secrets[key] ?? null
  }
}
