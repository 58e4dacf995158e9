import type { App } from '../../app.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { seconds } from '../../lib/units.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'
import { wasStopped } from '../../runtime/stopped-code.ts'
import { running } from '../installations/policy.ts'
import { invoke } from '../invocations/invoke.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { rememberHandler } from './remember-handler.ts'
import { writeSamples } from './write-samples.ts'

/** What a plugin says of itself. */
export interface Health {
  status: HealthStatus
  message: string | null
}

/** What came of asking. */
export interface Asked extends Health {
  /** It did not come to an end by itself, or took more of a core than such a question is worth. */
  isDear: boolean
}

/** Characters of a plugin's message that are kept. */
const MAX_MESSAGE = 500

/** CPU time of an answer that is not dear: handlers that ask a router or a database take a few milliseconds. */
const DEAR_MS = seconds(1)

/**
 * Asks a plugin that runs for its `health`, as one sample more; what throws or takes too long is UNHEALTHY. Null where it
 * does not run, or has no such handler.
 */
export async function askHealth(app: App, installationId: string): Promise<Asked | null> {
  const now = app.clock.now()
  const target = await loadTarget(app, { id: installationId, AND: [running(now)] })
  if (target === null || target.manifest.entry === null) return null
  const { result } = await invoke(app, target, { kind: 'HEALTH', name: 'health', args: [] })
  if (wasStopped(result)) return null
  if (result.outcome === 'OK') await rememberHandler(app, target.packageId, result.handled)
  if (result.outcome === 'OK' && !result.handled) return null
  const health: Health =
    result.outcome === 'OK' ? told(result.value ?? null) : { status: 'UNHEALTHY', message: failureOf(result) }
  await keep(app, target, health, result)
  return { ...health, isDear: isDear(result) }
}

/** What another call brought down with it is not its fault. */
function isDear({ outcome, cpuMs, carriedAlong }: PluginResult): boolean {
  if (carriedAlong === true) return false
  return outcome === 'TIMEOUT' || outcome === 'OUT_OF_MEMORY' || outcome === 'CRASHED' || cpuMs > DEAR_MS
}

const STATUSES: readonly string[] = ['HEALTHY', 'DEGRADED', 'UNHEALTHY'] satisfies HealthStatus[]

/** `{ status: 'healthy', message }`, or only the status; anything else says nothing. */
function told(value: JsonValue): Health {
  const { status, message } = isJsonObject(value) ? value : { status: value, message: null }
  const name = typeof status === 'string' ? status.toUpperCase() : ''
  return {
    status: STATUSES.includes(name) ? (name as HealthStatus) : 'UNKNOWN',
    message: typeof message === 'string' ? shortened(message) : null,
  }
}

function failureOf({ outcome, error }: PluginResult): string {
  if (outcome === 'TIMEOUT') return 'Its health handler did not answer in time.'
  return shortened(error?.message ?? outcome)
}

function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message
}

async function keep(
  app: App,
  { id, organizationId, siteId, pluginId }: Target,
  { status, message }: Health,
  { durationMs, heapUsedBytes }: { durationMs: number; heapUsedBytes: number },
): Promise<void> {
  await writeSamples(app, [
    {
      installationId: id,
      organizationId,
      siteId,
      pluginId,
      recordedAt: app.clock.now(),
      status,
      errorCount: 0,
      warningCount: 0,
      avgExecutionTime: durationMs,
      memoryUsage: heapUsedBytes / 1_000_000,
      cpuUsage: null,
      invocations: 0,
      told: { message },
    },
  ])
}
