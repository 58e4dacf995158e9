import type { App } from '../../app.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { messageOf } from '../../lib/errors.ts'
import type { PluginResult } from '../../runtime/runtime.ts'
import type { Target } from '../invocations/target.ts'
import { writeSamples, type NewSample } from './write-samples.ts'

/** What was seen of one installation since the last sample. */
interface Seen {
  target: Target
  since: number
  invocations: number
  errors: number
  warnings: number
  wallMs: number
  cpuMs: number
  heapBytes: number
}

const observations = new WeakMap<App, Map<string, Seen>>()

/** From this share of failed runs on, an installation is UNHEALTHY; any failure at all makes it DEGRADED. */
const UNHEALTHY_SHARE = 0.5

/** Counts a finished run for the next health sample of its installation. */
export function observe(app: App, target: Target, result: PluginResult): void {
  const seen = seenOf(app, target)
  seen.invocations++
  // A plugin that aborts a workflow does its work; everything else but OK is a failure.
  if (result.outcome !== 'OK' && result.outcome !== 'ABORTED') seen.errors++
  seen.warnings += result.logs.filter((line) => line.level === 'warn').length
  seen.wallMs += result.durationMs
  seen.cpuMs += result.cpuMs
  seen.heapBytes = Math.max(seen.heapBytes, result.heapUsedBytes)
}

/** Writes one sample for each installation that was active since the last call, by the runtime's own measurements. */
export async function flushObservations(app: App): Promise<void> {
  const seen = observations.get(app)
  if (seen === undefined || seen.size === 0) return
  observations.delete(app)
  const at = app.clock.now()
  await writeSamples(
    app,
    [...seen.values()].map((one) => toSample(one, at)),
  )
}

/** Flushes at a steady pace; the function that it returns stops that and writes what is left. */
export function startObserving(app: App): () => Promise<void> {
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = running.then(() => flushObservations(app)).catch((error: unknown) => {
      app.log.error({ reason: messageOf(error) }, 'health samples could not be written')
    })
  }, app.config.healthFlushMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
    await flushObservations(app)
  }
}

function seenOf(app: App, target: Target): Seen {
  const all = observations.get(app) ?? new Map<string, Seen>()
  observations.set(app, all)
  const known = all.get(target.id)
  if (known !== undefined) return known
  const since = app.clock.now().getTime()
  const fresh = { target, since, invocations: 0, errors: 0, warnings: 0, wallMs: 0, cpuMs: 0, heapBytes: 0 }
  all.set(target.id, fresh)
  return fresh
}

function toSample(seen: Seen, at: Date): NewSample {
  const windowMs = Math.max(at.getTime() - seen.since, seen.wallMs, 1)
  return {
    installationId: seen.target.id,
    organizationId: seen.target.organizationId,
    siteId: seen.target.siteId,
    pluginId: seen.target.pluginId,
    recordedAt: at,
    status: statusOf(seen),
    errorCount: seen.errors,
    warningCount: seen.warnings,
    avgExecutionTime: seen.wallMs / seen.invocations,
    memoryUsage: seen.heapBytes / 1_000_000,
    cpuUsage: (seen.cpuMs / windowMs) * 100,
    invocations: seen.invocations,
  }
}

function statusOf({ errors, invocations }: Seen): HealthStatus {
  if (errors === 0) return 'HEALTHY'
  return errors / invocations >= UNHEALTHY_SHARE ? 'UNHEALTHY' : 'DEGRADED'
}
