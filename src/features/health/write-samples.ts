import { change, type App } from '../../app.ts'
import type { RecordedSample } from '../../events/catalog.ts'
import type { Attempt } from '../../events/attempt.ts'
import { record } from '../../events/record.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { newId } from '../../lib/ids.ts'
import { rollUpLate } from './roll-up-hours.ts'

/** A measurement that is about to be kept. */
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
  /** Set where the plugin's own health handler says the status, and what else it says. */
  told?: { message: string | null }
}

/** Samples in one event: enough that a fleet's batch is few rows, few enough that a reader of one gets it at once. */
const SAMPLES_PER_EVENT = 100

/**
 * Keeps a batch of samples: the rows, what the installations are now, and one event for each organization (and hundred
 * of samples), in one transaction.
 *
 * @param attempt of the mutation that tells them
 */
export async function writeSamples(
  app: App,
  samples: readonly NewSample[],
  attempt?: Attempt,
): Promise<void> {
  if (samples.length === 0) return
  const rows = samples.map((sample) => ({ id: newId(), ...sample }))
  const at = app.clock.now()
  await change(app, async (tx) => {
    await tx.healthSample.createMany({
      data: rows.map(({ siteId: _site, pluginId: _plugin, told: _told, ...row }) => row),
    })
    await rollUpLate(tx, rows, at)
    await tx.$executeRaw`
      update installation i
      set error_count = i.error_count + latest.errors,
        told_health = case when latest.is_told and not (i.last_seen_at > latest.recorded_at) is true
          then nullif(latest.status, 'UNKNOWN')::"HealthStatus" else i.told_health end,
        health_status = case
          -- What arrives late counts, but says nothing of the present.
          when i.last_seen_at > latest.recorded_at or latest.is_open then i.health_status
          -- What a plugin says of itself is not bettered by calls that work.
          when not latest.is_told and (i.told_health = 'UNHEALTHY' or i.told_health = 'DEGRADED' and latest.status <> 'UNHEALTHY')
            then i.told_health
          else latest.status::"HealthStatus" end,
        health_message = case
          when i.last_seen_at > latest.recorded_at or latest.is_open then i.health_message
          when latest.is_told then latest.message
          -- What was said of another state is no longer true where it works, if only now and then.
          when latest.status in ('HEALTHY', 'DEGRADED') and i.told_health is null then null
          else i.health_message end,
        last_seen_at = greatest(i.last_seen_at, latest.recorded_at)
      from (
        select s.id, (array_agg(s.status order by s.recorded_at desc))[1] as status, max(s.recorded_at) as recorded_at,
          sum(s.errors)::int as errors, (array_agg(s.told order by s.recorded_at desc))[1] as is_told,
          (array_agg(s.message order by s.recorded_at desc))[1] as message,
          -- Whose calls are refused is unhealthy, whatever else is measured.
          exists (select 1 from circuit c where c.installation_id = s.id and c.open_until is not null) as is_open
        from unnest(${rows.map((row) => row.installationId)}::uuid[], ${rows.map((row) => row.status)}::text[],
          ${rows.map((row) => row.recordedAt)}::timestamptz[], ${rows.map((row) => row.errorCount)}::int[],
          ${rows.map((row) => row.told !== undefined)}::boolean[], ${rows.map((row) => row.told?.message ?? null)}::text[])
          as s (id, status, recorded_at, errors, told, message)
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
    await attempt?.settle(tx, { accepted: samples.length })
  })
}

type Row = NewSample & { id: string }

function groupByOrganization(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => row.organizationId)
}

function toPayload({ organizationId: _organization, told: _told, ...row }: Row): RecordedSample {
  return { ...row, recordedAt: row.recordedAt.toISOString() }
}
