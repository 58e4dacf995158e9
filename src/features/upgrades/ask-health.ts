import type { App } from '../../app.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { wasStopped } from '../../runtime/stopped-code.ts'
import { writeSamples } from '../health/write-samples.ts'
import { running } from '../installations/policy.ts'
import { invoke } from '../invocations/invoke.ts'
import { loadTarget, type Target } from '../invocations/target.ts'

/** What a plugin says of itself. */
export interface Health {
  status: HealthStatus
  message: string | null
}

/** Characters of a plugin's message that are kept. */
const MAX_MESSAGE = 500

/**
 * Asks a plugin that runs for its `health`, as one sample more; what throws or takes too long is UNHEALTHY. Null where it
 * does not run, or has no such handler.
 */
export async function askHealth(app: App, installationId: string): Promise<Health | null> {
  const now = app.clock.now()
  const target = await loadTarget(app, { id: installationId, AND: [running(now)] })
  if (target === null || target.manifest.entry === null) return null
  const { result } = await invoke(app, target, { kind: 'HEALTH', name: 'health', args: [] })
  if (wasStopped(result) || (result.outcome === 'OK' && !result.handled)) return null
  const health: Health =
    result.outcome === 'OK'
      ? told(result.value ?? null)
      : { status: 'UNHEALTHY', message: shortened(result.error?.message ?? result.outcome) }
  await keep(app, target, health, result)
  return health
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

function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message
}

async function keep(
  app: App,
  { id, organizationId, siteId, pluginId }: Target,
  { status, message }: Health,
  { durationMs, heapUsedBytes }: { durationMs: number; heapUsedBytes: number },
): Promise<void> {
  const say = () =>
    app.database.prisma.installation.updateMany({
      // An open circuit has its own words, and is what matters more.
      where: { id, NOT: { circuit: { is: { openUntil: { not: null } } } } },
      data: { healthMessage: message },
    })
  // Who hears of an UNHEALTHY sample finds its reason there; any other sample takes away what was said before.
  if (status === 'UNHEALTHY') await say()
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
    },
  ])
  if (status !== 'UNHEALTHY') await say()
}
