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
  /** Counts by `bucketOf` the duration. */
  buckets: number[]
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
  const { rows } = await app.database.pool.query<RunRow>({
    name: `patchbay_metrics_${place}`,
    text: RUNS[place],
    values: place === 'all' ? [since(app)] : [since(app), ids],
  })
  return new Map(rows.map((row) => [row.id, toCounts(row)]))
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
    values: place === 'all' ? [since(app)] : [since(app), ids],
  })
  return new Map(rows.map(({ id, deliveries, failures }) => [id, { deliveries, failures }]))
}

/** All of them together. */
export function sumOfRuns(all: readonly RunCounts[]): RunCounts {
  const of = (count: (it: RunCounts) => number): number => all.reduce((sum, it) => sum + count(it), 0)
  const length = Math.max(0, ...all.map(({ buckets }) => buckets.length))
  return {
    invocations: of((it) => it.invocations),
    errors: of((it) => it.errors),
    timeouts: of((it) => it.timeouts),
    cpuMs: of((it) => it.cpuMs),
    hostCalls: of((it) => it.hostCalls),
    bytesOut: of((it) => it.bytesOut),
    logLines: of((it) => it.logLines),
    buckets: Array.from({ length }, (_, n) => of(({ buckets }) => buckets[n] ?? 0)),
  }
}

/** The beginning of the first minute in the window. */
function since(app: App): Date {
  const now = Math.floor(app.clock.now().getTime() / minutes(1))
  return new Date((now - (WINDOW_MINUTES - 1)) * minutes(1))
}

interface RunRow extends Omit<RunCounts, 'buckets'> {
  id: string
  /** Pairs of a bucket and how many are in it. */
  buckets: [bucket: number, count: number][] | null
}

function toCounts({ id: _id, buckets, ...counts }: RunRow): RunCounts {
  const dense: number[] = []
  for (const [bucket, count] of buckets ?? []) {
    while (dense.length <= bucket) dense.push(0)
    dense[bucket] = count
  }
  return { ...counts, buckets: dense }
}

const runs = (id: string, where: string): string => `
with m as materialized (
  select ${id} as id, * from invocation_minute where minute >= $1 ${where}
), counted as (
  select m.id, b.n - 1 as bucket, sum(b.count) as count
  from m cross join lateral unnest(m.buckets) with ordinality as b (count, n)
  where b.count > 0 group by 1, 2
), buckets as (
  select id, jsonb_agg(jsonb_build_array(bucket, count)) as buckets from counted group by id
)
select total.*, buckets.buckets from (
  select m.id, sum(invocations)::float8 as invocations, sum(errors)::float8 as errors, sum(timeouts)::float8 as timeouts,
    sum(cpu_ms) as "cpuMs", sum(host_calls)::float8 as "hostCalls", sum(bytes_out) as "bytesOut",
    sum(log_lines)::float8 as "logLines"
  from m group by m.id
) total left join buckets on buckets.id = total.id`

const RUNS: Readonly<Record<MetricsPlace, string>> = {
  installation: runs('installation_id', 'and installation_id = any($2::uuid[])'),
  organization: runs('organization_id', 'and organization_id = any($2::uuid[])'),
  all: runs("''", ''),
}

/** Ids of deliveries begin with the time at which they were made. */
const deliveries = (id: string, from: string): string => `
select ${id} as id, count(*)::float8 as deliveries,
  (count(*) filter (where d.status in ('FAILED', 'DEAD')))::float8 as failures
from ${from} and d.id >= uuid_floor($1) group by 1`

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
