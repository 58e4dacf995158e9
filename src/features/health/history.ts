import DataLoader from 'dataloader'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { RequestError } from '../../lib/errors.ts'

/** By what a history's samples are put together; RAW: not at all. */
export const HealthResolution = ['RAW', 'MINUTE', 'HOUR', 'DAY'] as const
export type HealthResolution = (typeof HealthResolution)[number]

/** One measurement, as it is kept. */
export interface Sample {
  id: string
  installationId: string
  recordedAt: Date
  status: HealthStatus
  errorCount: number
  warningCount: number
  avgExecutionTime: number | null
  memoryUsage: number | null
  cpuUsage: number | null
  invocations: number
}

/** Newest first, behind a cursor and within a time. */
export interface HistoryQuery {
  take: number
  after: { recordedAt: Date; id: string } | null
  from: Date | null
  to: Date | null
}

/**
 * The samples of many installations by one query: for each of them its own limited read of the index, however many
 * samples there are. Made for one request and one `HistoryQuery`.
 */
export function historyLoader(app: App, query: HistoryQuery): DataLoader<string, Sample[]> {
  return new DataLoader(async (installationIds) => {
    const { rows } = await app.database.pool.query<Row>({
      name: 'patchbay_health_history',
      text: `select s.* from unnest($1::uuid[]) as wanted (id)
        cross join lateral (
          select id, installation_id as "installationId", (extract(epoch from recorded_at) * 1000)::float8 as "recordedAt",
            status, error_count as "errorCount", warning_count as "warningCount", avg_execution_time as "avgExecutionTime",
            memory_usage as "memoryUsage", cpu_usage as "cpuUsage", invocations
          from health_sample
          where installation_id = wanted.id
            and ($2::timestamptz is null or (recorded_at, id) < ($2, $3::uuid))
            and ($4::timestamptz is null or recorded_at >= $4) and ($5::timestamptz is null or recorded_at < $5)
          order by recorded_at desc, id desc limit $6
        ) s`,
      values: [
        installationIds,
        query.after?.recordedAt ?? null,
        query.after?.id ?? null,
        query.from,
        query.to,
        query.take,
      ],
    })
    const byInstallation = Map.groupBy(rows.map(toSample), (sample) => sample.installationId)
    return installationIds.map((id) => byInstallation.get(id) ?? [])
  })
}

/** How many samples there are in that time; counted only where it is asked for. */
export async function countSamples(app: App, installationId: string, query: HistoryQuery): Promise<number> {
  const recordedAt = { ...(query.from ? { gte: query.from } : {}), ...(query.to ? { lt: query.to } : {}) }
  return await app.database.prisma.healthSample.count({ where: { installationId, recordedAt } })
}

const wire = z.strictObject({
  v: z.literal(1),
  t: z.iso.datetime(),
  i: z.uuid().optional(),
  r: z.enum(HealthResolution).optional(),
})

/** The place behind a sample, or behind a step that samples were put together by, which has no id. */
export function encodeSampleCursor({ recordedAt, id }: Sample, resolution: HealthResolution): string {
  const place = resolution === 'RAW' ? { i: id } : { r: resolution }
  return Buffer.from(JSON.stringify({ v: 1, t: recordedAt.toISOString(), ...place })).toString('base64url')
}

/** BAD_USER_INPUT where it is none of ours, or of another resolution. */
export function decodeSampleCursor(
  cursor: string,
  resolution: HealthResolution,
): { recordedAt: Date; id: string } {
  try {
    const { t, i = '', r = 'RAW' } = wire.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')))
    if (r !== resolution || (r === 'RAW') === (i === '')) throw new Error('of another resolution')
    return { recordedAt: new Date(t), id: i }
  } catch {
    throw new RequestError('BAD_USER_INPUT', 'This cursor is not one of this history; begin without it.')
  }
}

/** The time as milliseconds since 1970, of which it has whole ones: a date's text takes longest to read of all columns. */
type Row = Omit<Sample, 'recordedAt'> & { recordedAt: number }

function toSample(row: Row): Sample {
  return Object.assign(row, { recordedAt: new Date(row.recordedAt) })
}
