import { z } from 'zod'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireIn, requireKnown } from '../../auth/authorize.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { checkInput } from '../../lib/check-input.ts'
import { notFound } from '../../lib/errors.ts'
import { days, minutes } from '../../lib/units.ts'
import { visibleInstallations } from '../installations/policy.ts'
import { writeSamples, type NewSample } from './write-samples.ts'

/** A fleet's agent sends one batch every few seconds; more at once is split by the sender. */
const MAX_SAMPLES = 1_000
/** Older samples have no partition any more. */
const MAX_AGE_MS = days(7)
/** Clocks differ, but not by more. */
const MAX_AHEAD_MS = minutes(5)

const count = z.int().min(0, 'is not negative').max(2_147_483_647).default(0)
const gauge = z.number().min(0, 'is not negative').max(1e12).nullable().default(null)

/** What a host measured of an installation itself. */
export interface ReportedSample {
  installationId: string
  recordedAt?: Date | null | undefined
  status?: HealthStatus | null | undefined
  errorCount?: number | null | undefined
  warningCount?: number | null | undefined
  avgExecutionTime?: number | null | undefined
  memoryUsage?: number | null | undefined
  cpuUsage?: number | null | undefined
  invocations?: number | null | undefined
}

/** Takes measurements from outside: all of a batch, or none of it. Returns how many. */
export async function recordHealth(
  app: App,
  actor: Actor,
  samples: readonly ReportedSample[],
): Promise<number> {
  requireKnown(actor)
  const now = app.clock.now()
  const checked = checkInput(inputAt(now), { samples: samples.map(withoutNulls) }).samples
  const ids = [...new Set(checked.map((sample) => sample.installationId))]
  const installations = await app.database.prisma.installation.findMany({
    where: { AND: [{ id: { in: ids } }, visibleInstallations(actor)] },
    select: { id: true, organizationId: true, siteId: true, pluginId: true },
  })
  const byId = new Map(installations.map((row) => [row.id, row]))
  const rows = checked.map((sample): NewSample => {
    const installation = byId.get(sample.installationId)
    if (installation === undefined) throw notFound('installation')
    const { organizationId, siteId, pluginId } = installation
    return { ...sample, organizationId, siteId, pluginId }
  })
  for (const organizationId of new Set(rows.map((row) => row.organizationId))) {
    requireIn(actor, 'health:write', organizationId, 'installation')
  }
  await writeSamples(app, rows, actor.trail?.attempt)
  return rows.length
}

function inputAt(now: Date) {
  const sample = z.object({
    installationId: z.string(),
    recordedAt: z
      .date()
      .min(new Date(now.getTime() - MAX_AGE_MS), 'lies more than 7 days back')
      .max(new Date(now.getTime() + MAX_AHEAD_MS), 'lies in the future')
      .default(now),
    status: z.enum(['HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN']).default('UNKNOWN'),
    errorCount: count,
    warningCount: count,
    avgExecutionTime: gauge,
    memoryUsage: gauge,
    cpuUsage: gauge,
    invocations: count,
  })
  return z.object({
    samples: z
      .array(sample)
      .min(1, 'must not be empty')
      .max(MAX_SAMPLES, `holds at most ${MAX_SAMPLES} at once`),
  })
}

function withoutNulls(sample: ReportedSample): object {
  return Object.fromEntries(
    Object.entries(sample).filter(([, value]) => value !== null && value !== undefined),
  )
}
