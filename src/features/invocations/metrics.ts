import type { App } from '../../app.ts'
import { minutes } from '../../lib/units.ts'

/** Minutes, the present one among them. */
const WINDOW_MINUTES = 60

/** What plugin code did in the window. */
export interface RunCounts {
  invocations: number
  errors: number
  timeouts: number
  cpuMs: number
  hostCalls: number
  bytesOut: number
  logLines: number
}

/** What was sent by webhooks in the window. */
export interface WebhookCounts {
  deliveries: number
  failures: number
}

/** Of which rows: those of each installation, of each organization, or of all organizations together. */
export type MetricsPlace = 'installation' | 'organization' | 'all'

/** The counts of many installations or organizations by one statement; of all organizations, by the id ''. */
export async function readRuns(
  app: App,
  place: MetricsPlace,
  ids: readonly string[],
): Promise<Map<string, RunCounts>> {
  const { rows } = await app.database.pool.query<{ id: string } & RunCounts>({
    name: `patchbay_metrics_${place}`,
    text: RUNS[place],
    values: valuesOf(app, place, ids),
  })
  return new Map(rows.map(({ id, ...counts }) => [id, counts]))
}

/**
 * The counts by `bucketOf` the duration, which takes longer: an organization in which 500 installations ran in each minute has 600,000
 * of them.
 */
export async function readDurations(
  app: App,
  place: MetricsPlace,
  ids: readonly string[],
): Promise<Map<string, number[]>> {
  const { rows } = await app.database.pool.query<{ id: string; bucket: number; count: number }>({
    name: `patchbay_duration_metrics_${place}`,
    text: DURATIONS[place],
    values: valuesOf(app, place, ids),
  })
  const found = new Map<string, number[]>()
  for (const { id, bucket, count } of rows) {
    const buckets = found.get(id) ?? []
    while (buckets.length < bucket) buckets.push(0)
    buckets[bucket] = count
    found.set(id, buckets)
  }
  return found
}

/** The same of deliveries. */
export async function readDeliveries(
  app: App,
  place: MetricsPlace,
  ids: readonly string[],
): Promise<Map<string, WebhookCounts>> {
  const { rows } = await app.database.pool.query<{ id: string } & WebhookCounts>({
    name: `patchbay_delivery_metrics_${place}`,
    text: DELIVERIES[place],
    values: valuesOf(app, place, ids),
  })
  return new Map(rows.map(({ id, deliveries, failures }) => [id, { deliveries, failures }]))
}

/** All of them together. */
export function sumOfRuns(all: readonly RunCounts[]): RunCounts {
  const of = (count: (it: RunCounts) => number): number => all.reduce((sum, it) => sum + count(it), 0)
  return {
    invocations: of((it) => it.invocations),
    errors: of((it) => it.errors),
    timeouts: of((it) => it.timeouts),
    cpuMs: of((it) => it.cpuMs),
    hostCalls: of((it) => it.hostCalls),
    bytesOut: of((it) => it.bytesOut),
    logLines: of((it) => it.logLines),
  }
}

/** The same of counts by duration. */
export function sumOfDurations(all: readonly number[][]): number[] {
  const length = Math.max(0, ...all.map((buckets) => buckets.length))
  return Array.from({ length }, (_, n) => all.reduce((sum, buckets) => sum + (buckets[n] ?? 0), 0))
}

function valuesOf(app: App, place: MetricsPlace, ids: readonly string[]): unknown[] {
  return place === 'all' ? [since(app)] : [since(app), ids]
}

/** The beginning of the first minute in the window. */
function since(app: App): Date {
  const now = Math.floor(app.clock.now().getTime() / minutes(1))
  return new Date((now - (WINDOW_MINUTES - 1)) * minutes(1))
}

const from = (id: string, where: string): string =>
  `(select ${id} as id, * from invocation_minute where minute >= $1 ${where}) m`

const WHOSE: Readonly<Record<MetricsPlace, string>> = {
  installation: from('installation_id', 'and installation_id = any($2::uuid[])'),
  organization: from('organization_id', 'and organization_id = any($2::uuid[])'),
  all: from("''", ''),
}

const runs = (whose: string): string => `
select m.id, sum(invocations)::float8 as invocations, sum(errors)::float8 as errors, sum(timeouts)::float8 as timeouts,
  sum(cpu_ms) as "cpuMs", sum(host_calls)::float8 as "hostCalls", sum(bytes_out) as "bytesOut",
  sum(log_lines)::float8 as "logLines"
from ${whose} group by m.id`

/** In order of the buckets. */
const durations = (whose: string): string => `
select m.id, (b.n - 1)::int as bucket, sum(b.count)::float8 as count
from ${whose} cross join lateral unnest(m.buckets) with ordinality as b (count, n)
where b.count > 0 group by m.id, b.n order by b.n`

const RUNS = {
  installation: runs(WHOSE.installation),
  organization: runs(WHOSE.organization),
  all: runs(WHOSE.all),
}

const DURATIONS = {
  installation: durations(WHOSE.installation),
  organization: durations(WHOSE.organization),
  all: durations(WHOSE.all),
}

/** Ids of deliveries begin with the time at which they were made. */
const deliveries = (id: string, table: string): string => `
select ${id} as id, count(*)::float8 as deliveries,
  (count(*) filter (where d.status in ('FAILED', 'DEAD')))::float8 as failures
from ${table} and d.id >= uuid_floor($1) group by 1`

const DELIVERIES: Readonly<Record<MetricsPlace, string>> = {
  installation: deliveries(
    'w.installation_id',
    'webhook_delivery d join webhook w on w.id = d.webhook_id where w.installation_id = any($2::uuid[])',
  ),
  organization: deliveries(
    'd.organization_id',
    'webhook_delivery d where d.organization_id = any($2::uuid[])',
  ),
  all: deliveries("''", 'webhook_delivery d where true'),
}
