import type { App } from '../../app.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { messageOf } from '../../lib/errors.ts'
import { takeObservations, type Observation } from '../invocations/observe.ts'
import { writeSamples, type NewSample } from './write-samples.ts'

/**
 * From this share of failed runs on, an installation is UNHEALTHY; any failure at all makes it DEGRADED. Where its code
 * was refused last, what ran before says nothing.
 */
const UNHEALTHY_SHARE = 0.5

/** Writes one sample for each installation that was active since the last call, by the runtime's own measurements. */
export async function flushObservations(app: App): Promise<void> {
  const at = app.clock.now()
  await writeSamples(
    app,
    takeObservations(app).map((seen) => toSample(seen, at)),
  )
}

/** Flushes at a steady pace; the function that it returns stops that and writes what is left. */
export function startObserving(app: App): () => Promise<void> {
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = running
      .then(() => flushObservations(app))
      .catch((error: unknown) => {
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

function toSample(seen: Observation, at: Date): NewSample {
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

function statusOf({ errors, invocations, refused }: Observation): HealthStatus {
  if (refused) return 'UNHEALTHY'
  if (errors === 0) return 'HEALTHY'
  return errors / invocations >= UNHEALTHY_SHARE ? 'UNHEALTHY' : 'DEGRADED'
}
