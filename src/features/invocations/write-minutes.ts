import type { App } from '../../app.ts'
import { messageOf } from '../../lib/errors.ts'
import { tellGauges } from './gauges.ts'
import { giveBackTallies, takeTallies, type Tally } from './tally.ts'

/** Rows of one statement: a process that was cut off from its database for long has more. */
const BATCH = 500

/**
 * Adds what this process counted to the minutes in `invocation_minute`. Where a statement fails, what it held is counted on
 * and written with the next; only where the answer to one that was committed is lost, is it counted twice.
 */
export async function writeMinutes(app: App): Promise<void> {
  // Two processes that take the rows' locks in one order never wait for each other in a circle.
  const sorted = takeTallies(app).toSorted(byKey)
  for (let start = 0; start < sorted.length; start += BATCH) {
    const batch = sorted.slice(start, start + BATCH)
    try {
      await add(app, batch)
    } catch (error) {
      giveBackTallies(app, sorted.slice(start))
      throw error
    }
  }
}

/**
 * Writes at a steady pace; the function that it returns stops that and writes what is left. A process that is killed loses
 * what it counted since the last time, which is `healthFlushMs` at most; the runs' own rows are written with each run.
 */
export function startMetering(app: App): () => Promise<void> {
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = running
      .then(() => writeMinutes(app))
      .then(() => tellGauges(app))
      .catch((error: unknown) => {
        app.log.error({ reason: messageOf(error) }, 'what plugins did could not be rolled up')
      })
  }, app.config.healthFlushMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
    await writeMinutes(app)
  }
}

/** As PostgreSQL sorts the primary key, or at least in one order everywhere. */
function byKey(a: Tally, b: Tally): number {
  if (a.installationId !== b.installationId) return a.installationId < b.installationId ? -1 : 1
  if (a.minute !== b.minute) return a.minute - b.minute
  return a.version < b.version ? -1 : 1
}

async function add(app: App, batch: readonly Tally[]): Promise<void> {
  const column = <T>(of: (it: Tally) => T): T[] => batch.map(of)
  await app.database.pool.query({
    name: 'patchbay_invocation_minutes',
    text: ADD,
    values: [
      column((it) => it.installationId),
      column((it) => new Date(it.minute)),
      column((it) => it.version),
      column((it) => it.organizationId),
      column((it) => it.siteId),
      column((it) => it.invocations),
      column((it) => it.errors),
      column((it) => it.timeouts),
      column((it) => it.denied),
      column((it) => it.crashed),
      column((it) => it.outOfMemory),
      column((it) => it.durationMs),
      column((it) => it.cpuMs),
      column((it) => it.heapUsed),
      column((it) => it.hostCalls),
      column((it) => it.bytesOut),
      column((it) => it.logLines),
      column((it) => `{${it.buckets.join(',')}}`),
    ],
  })
}

const ADD = `
insert into invocation_minute as m (installation_id, minute, version, organization_id, site_id, invocations, errors, timeouts,
  denied, crashed, out_of_memory, duration_ms, cpu_ms, heap_used, host_calls, bytes_out, log_lines, buckets)
select i, t, v, o, s, a, b, c, d, e, f, g, h, j, k, l, n, p::int[]
from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::uuid[], $6::int[], $7::int[], $8::int[], $9::int[],
  $10::int[], $11::int[], $12::float8[], $13::float8[], $14::float8[], $15::int[], $16::float8[], $17::int[], $18::text[])
  as u (i, t, v, o, s, a, b, c, d, e, f, g, h, j, k, l, n, p)
on conflict (installation_id, minute, version) do update set
  invocations = m.invocations + excluded.invocations,
  errors = m.errors + excluded.errors,
  timeouts = m.timeouts + excluded.timeouts,
  denied = m.denied + excluded.denied,
  crashed = m.crashed + excluded.crashed,
  out_of_memory = m.out_of_memory + excluded.out_of_memory,
  duration_ms = m.duration_ms + excluded.duration_ms,
  cpu_ms = m.cpu_ms + excluded.cpu_ms,
  heap_used = greatest(m.heap_used, excluded.heap_used),
  host_calls = m.host_calls + excluded.host_calls,
  bytes_out = m.bytes_out + excluded.bytes_out,
  log_lines = m.log_lines + excluded.log_lines,
  buckets = coalesce((select array_agg(coalesce(x, 0) + coalesce(y, 0) order by n)
    from unnest(m.buckets, excluded.buckets) with ordinality as z (x, y, n)), '{}')`
