import { change, type App } from '../../app.ts'
import type { RecordedSample } from '../../events/catalog.ts'
import { record } from '../../events/record.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { newId } from '../../lib/ids.ts'

export interface NewSample {
  installationId: string
  organizationId: string
  siteId: string
  pluginId: string
  recordedAt: Date
  status: HealthStatus
  errorCount: number
  warningCount: number
  /** Milliseconds. */
  avgExecutionTime: number | null
  /** MB. */
  memoryUsage: number | null
  /** Percent of one core. */
  cpuUsage: number | null
  invocations: number
}

/** Samples in one event: enough that a fleet's batch is few rows, few enough that a reader of one gets it at once. */
const SAMPLES_PER_EVENT = 100

/**
 * Keeps a batch of samples: the rows, what the installations are now, and one event for each organization (and hundred
 * of samples), in one transaction.
 */
export async function writeSamples(app: App, samples: readonly NewSample[]): Promise<void> {
  if (samples.length === 0) return
  const rows = samples.map((sample) => ({ id: newId(), ...sample }))
  const at = app.clock.now()
  await change(app, async (tx) => {
    await tx.healthSample.createMany({
      data: rows.map(({ siteId: _site, pluginId: _plugin, ...row }) => row),
    })
    await tx.$executeRaw`
      update installation i
      set error_count = i.error_count + latest.errors,
        -- What arrives late counts, but says nothing of the present.
        health_status = case when i.last_seen_at > latest.recorded_at or latest.is_open then i.health_status
          else latest.status::"HealthStatus" end,
        -- What was said of another state is no longer true where it works, if only now and then.
        health_message = case when latest.status in ('HEALTHY', 'DEGRADED') and not latest.is_open
          and (i.last_seen_at is null or i.last_seen_at <= latest.recorded_at) then null else i.health_message end,
        last_seen_at = greatest(i.last_seen_at, latest.recorded_at)
      from (
        select s.id, (array_agg(s.status order by s.recorded_at desc))[1] as status, max(s.recorded_at) as recorded_at,
          sum(s.errors)::int as errors,
          -- Whose calls are refused is unhealthy, whatever else is measured.
          exists (select 1 from circuit c where c.installation_id = s.id and c.open_until is not null) as is_open
        from unnest(${rows.map((row) => row.installationId)}::uuid[], ${rows.map((row) => row.status)}::text[],
          ${rows.map((row) => row.recordedAt)}::timestamptz[], ${rows.map((row) => row.errorCount)}::int[])
          as s (id, status, recorded_at, errors)
        group by s.id
        order by s.id
      ) latest
      where i.id = latest.id`
    for (const [organizationId, ofOrganization] of groupByOrganization(rows)) {
      for (let start = 0; start < ofOrganization.length; start += SAMPLES_PER_EVENT) {
        const part = ofOrganization.slice(start, start + SAMPLES_PER_EVENT)
        await record(
          tx,
          'health.recorded',
          { samples: part.map(toPayload) },
          { organizationId, actorId: null, at },
        )
      }
    }
  })
}

type Row = NewSample & { id: string }

function groupByOrganization(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => row.organizationId)
}

function toPayload({ organizationId: _organization, ...row }: Row): RecordedSample {
  return { ...row, recordedAt: row.recordedAt.toISOString() }
}
