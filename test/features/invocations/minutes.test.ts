import { afterAll, beforeAll, expect, test } from 'vitest'
import { DispatchHookDocument } from '../../../schema/generated/graphql.ts'
import type { App } from '../../../src/app.ts'
import { bucketOf, quantileOf } from '../../../src/features/invocations/duration-buckets.ts'
import { forgetMinutes } from '../../../src/features/invocations/forget-minutes.ts'
import { tally } from '../../../src/features/invocations/tally.ts'
import { loadTarget, type Target } from '../../../src/features/invocations/target.ts'
import { startMetering, writeMinutes } from '../../../src/features/invocations/write-minutes.ts'
import { days } from '../../../src/lib/units.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, rowId, run, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PATCHBAY_HEALTH_FLUSH_SECONDS: '10' } })
  stage = await openStage(server, 'acme')
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const HOOKS = `import { definePlugin, PluginError } from 'patchbay'
export default definePlugin({ hooks: {
  'build.before'(ctx, { does }) {
    ctx.log.info('one'); ctx.log.warn('two')
    if (does === 'abort') throw new PluginError('no')
    if (does === 'fail') throw new Error('broken')
    while (does === 'hang');
    return does
  },
} })`

async function installed(id: string): Promise<Target> {
  const limits = { timeoutMs: 200 }
  const global = await run(
    stage,
    { id, hooks: ['build.before'], permissions: ['hooks:abort'], limits },
    HOOKS,
  )
  return (await loadTarget(server.app, { id: rowId(global) }))!
}

async function call(does: string): Promise<void> {
  const input = { siteId: stage.siteIds[0]!, hook: 'build.before', payload: { does } }
  await stage.operator.request(DispatchHookDocument, { input })
}

/** All minutes of an installation together, and its rows together. */
async function sums(installationId: string): Promise<{ minutes: unknown; rows: unknown; buckets: number }> {
  const { rows: minutes } = await server.owner.query<Record<string, number>>(
    `select sum(invocations)::int as invocations, sum(errors)::int as errors, sum(timeouts)::int as timeouts,
       sum(duration_ms) as duration, sum(cpu_ms) as cpu, max(heap_used) as heap, sum(host_calls)::int as calls,
       sum(bytes_out) as bytes, sum(log_lines)::int as lines
     from invocation_minute where installation_id = $1`,
    [installationId],
  )
  const { rows } = await server.owner.query<Record<string, number>>(
    `select count(*)::int as invocations, (count(*) filter (where outcome not in ('OK', 'ABORTED')))::int as errors,
       (count(*) filter (where outcome = 'TIMEOUT'))::int as timeouts, sum(duration_ms) as duration, sum(cpu_ms) as cpu,
       max(heap_used) as heap, sum(host_calls)::int as calls, sum(bytes_out) as bytes,
       sum(jsonb_array_length(logs))::int as lines
     from invocation where installation_id = $1`,
    [installationId],
  )
  const { rows: counted } = await server.owner.query<{ n: number }>(
    'select sum(n)::int as n from invocation_minute, unnest(buckets) as n where installation_id = $1',
    [installationId],
  )
  return { minutes: rounded(minutes[0]!), rows: rounded(rows[0]!), buckets: counted[0]!.n }
}

/** Sums of floating-point numbers depend on their order. */
function rounded(row: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value.toFixed(6))]))
}

test('the minutes hold what the rows of the runs hold', async () => {
  const { id } = await installed('counted')
  for (const does of ['work', 'work', 'abort', 'fail', 'hang']) await call(does)
  await writeMinutes(server.app)
  for (const does of ['work', 'fail']) await call(does)
  await writeMinutes(server.app)
  const { minutes, rows, buckets } = await sums(id)
  expect(minutes).toEqual(rows)
  expect(rows).toMatchObject({ errors: 3, timeouts: 1 })
  expect((rows as { bytes: number }).bytes).toBeGreaterThan(0)
  expect(buckets, 'each has a duration').toBe((rows as { invocations: number }).invocations)
})

test('two processes that write the same minutes at once add up, and neither waits for the other in a circle', async () => {
  const targets = await Promise.all([1, 2].map((n) => installed(`shared-${n}`)))
  const processes: App[] = [{ ...server.app }, { ...server.app }]
  const ended = { outcome: 'OK' as const, durationMs: 3, cpuMs: 1, heapUsed: 5, bytesOut: 2 }
  // Long ago, so that nothing else is in them.
  const at = (minute: number): Date => new Date(Date.UTC(2020, 0, 1, 0, minute, 30))
  for (let round = 0; round < 20; round++) {
    for (const [number, app] of processes.entries()) {
      const order = [...Array(30).keys()]
      if (number === 1) order.reverse()
      for (const minute of order) for (const target of targets) tally(app, target, ended, at(minute))
    }
    await Promise.all(processes.map((app) => writeMinutes(app)))
  }
  const { rows } = await server.owner.query(
    `select count(*)::int as minutes, min(invocations) as least, max(invocations) as most, min(buckets[36]) as counted
     from invocation_minute where minute < '2021-01-01'`,
  )
  expect(rows).toEqual([{ minutes: 60, least: 40, most: 40, counted: 40 }])
})

test('what could not be written is written with the next', async () => {
  const target = await installed('cut-off')
  const query = (): never => {
    throw new Error('the database is away')
  }
  const app: App = { ...server.app }
  const cut = { ...app, database: { ...app.database, pool: { query } } } as unknown as App
  tally(cut, target, { outcome: 'OK', durationMs: 1 }, new Date())
  await expect(writeMinutes(cut)).rejects.toThrow('away')
  tally(cut, target, { outcome: 'DENIED' }, new Date())
  Object.assign(cut, { database: app.database })
  await writeMinutes(cut)
  const { rows } = await server.owner.query(
    `select sum(invocations)::int as invocations, sum(denied)::int as denied, sum(log_lines)::int as lines
     from invocation_minute where installation_id = $1 and invocations > 0`,
    [target.id],
  )
  expect(rows[0]).toMatchObject({ invocations: 2, denied: 1 })
})

test('an orderly stop writes what is left', async () => {
  const target = await installed('stopped')
  const app: App = { ...server.app }
  const stop = startMetering(app)
  tally(app, target, { outcome: 'CRASHED' }, new Date())
  await stop()
  const { rows } = await server.owner.query(
    'select sum(crashed)::int as crashed, sum(errors)::int as errors from invocation_minute where installation_id = $1',
    [target.id],
  )
  expect(rows).toEqual([{ crashed: 1, errors: 1 }])
})

test('minutes older than they are kept are forgotten', async () => {
  const target = await installed('forgotten')
  const kept = server.app.config.retention.metricsMs
  for (const age of [kept + days(1), kept - days(1)]) {
    tally(server.app, target, { outcome: 'OK', durationMs: 1 }, new Date(Date.now() - age))
  }
  await writeMinutes(server.app)
  await forgetMinutes(server.app)
  const { rows } = await server.owner.query(
    `select count(*)::int as n from invocation_minute where installation_id = $1 and minute < now() - interval '2 days'`,
    [target.id],
  )
  expect(rows).toEqual([{ n: 1 }])
})

test('a quantile of the buckets is within 4.9% of that of the durations', () => {
  const bound = Math.sqrt(1.1) - 1 + 1e-9
  const durations = Array.from({ length: 5_000 }, (_, n) => 0.1 * 1.003 ** n).filter((ms) => ms < 3_600_000)
  const counts: number[] = []
  for (const ms of durations) counts[bucketOf(ms)] = (counts[bucketOf(ms)] ?? 0) + 1
  const dense = Array.from(counts, (count) => count ?? 0)
  for (const q of [0.01, 0.5, 0.9, 0.99, 1]) {
    const exact = durations[Math.max(1, Math.ceil(q * durations.length)) - 1]!
    expect(Math.abs(quantileOf(dense, q)! / exact - 1), `of ${q}`).toBeLessThanOrEqual(bound)
  }
  expect(quantileOf([], 0.5)).toBeNull()
})
