import DataLoader from 'dataloader'
import type { App } from '../../app.ts'
import { days, hours, minutes } from '../../lib/units.ts'
import type { Sample } from './history.ts'
import { SUM_COLUMNS, sumsOfHours, sumsOfSamples } from './sums.ts'

/** What samples are put together by. */
export type Step = 'MINUTE' | 'HOUR' | 'DAY'

/** Newest first; times are those at which a step begins. */
export interface RolledQuery {
  step: Step
  take: number
  after: Date | null
  from: Date | null
  to: Date | null
}

const STEP_MS: Readonly<Record<Step, number>> = { MINUTE: minutes(1), HOUR: hours(1), DAY: days(1) }

/** The steps of many installations by one query, each a limited read of an index. Made for one request and one query. */
export function rolledLoader(app: App, query: RolledQuery): DataLoader<string, Sample[]> {
  return new DataLoader(async (installationIds) => {
    const { rows } = await app.database.pool.query<Row>({
      name: `patchbay_health_${query.step.toLowerCase()}`,
      text: READ[query.step],
      values: [installationIds, beforeOf(query), query.from, query.take],
    })
    const byInstallation = Map.groupBy(rows.map(toSample), (sample) => sample.installationId)
    return installationIds.map((id) => byInstallation.get(id) ?? [])
  })
}

/** How many steps there are in that time; counted only where it is asked for. */
export async function countSteps(app: App, installationId: string, query: RolledQuery): Promise<number> {
  const { rows } = await app.database.pool.query<{ n: number }>({
    text: COUNT[query.step],
    values: [installationId, query.from, query.to],
  })
  return rows[0]!.n
}

/** The beginning of the first step that is too new. */
function beforeOf({ step, after, to }: RolledQuery): Date {
  const size = STEP_MS[step]
  const ends = [after, to].flatMap((end) => (end === null ? [] : [Math.ceil(end.getTime() / size) * size]))
  return new Date(Math.min(FAR, ...ends))
}

/** After all that is measured. */
const FAR = Date.UTC(9999, 0, 1)

const COLUMNS = `installation_id as "installationId", (extract(epoch from at) * 1000)::float8 as "recordedAt", status,
  error_count as "errorCount", warning_count as "warningCount", avg_execution_time as "avgExecutionTime",
  memory_usage as "memoryUsage", cpu_usage as "cpuUsage", invocations`

/** From one minute that has samples to the next, each found by the index: no more of them are read than are asked for. */
const MINUTES = `
select ${COLUMNS} from unnest($1::uuid[]) as wanted (installation_id) cross join lateral (
  with recursive step as (
    select (select date_trunc('minute', recorded_at, 'UTC') from health_sample
      where installation_id = wanted.installation_id and recorded_at < $2 order by recorded_at desc limit 1) as at
    union all
    select (select date_trunc('minute', recorded_at, 'UTC') from health_sample
      where installation_id = wanted.installation_id and recorded_at < step.at order by recorded_at desc limit 1)
    from step where step.at is not null and ($3::timestamptz is null or step.at >= $3)
  )
  select step.at, summed.* from step cross join lateral (
    select ${sumsOfSamples('s')} from health_sample s
    where s.installation_id = wanted.installation_id and s.recorded_at >= step.at
      and s.recorded_at < step.at + interval '1 minute'
  ) summed
  where step.at is not null and ($3::timestamptz is null or step.at >= $3) limit $4
) rolled`

const HOURS = `
select ${COLUMNS} from unnest($1::uuid[]) as wanted (installation_id) cross join lateral (
  select hour as at, ${SUM_COLUMNS} from health_hour h
  where h.installation_id = wanted.installation_id and hour < $2 and ($3::timestamptz is null or hour >= $3)
  order by hour desc limit $4
) rolled`

/** So many days lie in no more than 24 times as many hours. */
const DAYS = `
select ${COLUMNS} from unnest($1::uuid[]) as wanted (installation_id) cross join lateral (
  select date_trunc('day', h.hour, 'UTC') as at, ${sumsOfHours('h')} from (
    select * from health_hour
    where installation_id = wanted.installation_id and hour < $2
      and ($3::timestamptz is null or date_trunc('day', hour, 'UTC') >= $3)
    order by hour desc limit 24 * $4::int
  ) h group by 1 order by 1 desc limit $4
) rolled`

const READ: Readonly<Record<Step, string>> = { MINUTE: MINUTES, HOUR: HOURS, DAY: DAYS }

const count = (step: string, column: string, table: string): string => `
select count(distinct at)::int as n from (
  select date_trunc('${step}', ${column}, 'UTC') as at from ${table} where installation_id = $1
) steps where ($2::timestamptz is null or at >= $2) and ($3::timestamptz is null or at < $3)`

const COUNT: Readonly<Record<Step, string>> = {
  MINUTE: count('minute', 'recorded_at', 'health_sample'),
  HOUR: count('hour', 'hour', 'health_hour'),
  DAY: count('day', 'hour', 'health_hour'),
}

/** The time as milliseconds since 1970. */
type Row = Omit<Sample, 'recordedAt' | 'id'> & { recordedAt: number }

/** A step is no row: it goes by its time, and its id is nobody's. */
function toSample(row: Row): Sample {
  return { ...row, id: '', recordedAt: new Date(row.recordedAt) }
}
