import { afterAll, beforeAll, expect, test } from 'vitest'
import { HealthRolledUpDocument, RecordHealthDocument } from '../../../schema/generated/graphql.ts'
import type { HealthResolution } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { forgetHours, rollUpHours } from '../../../src/features/health/roll-up-hours.ts'
import { days, hours, minutes, seconds } from '../../../src/lib/units.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { install, openStage, publishPlugin, refusalOf, rowId, type TestStage } from '../../support/stage.ts'

let server: TestServer
let stage: TestStage
let installationId: string
/** The present hour's beginning, milliseconds. */
let hour: number
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PATCHBAY_HEALTH_FLUSH_SECONDS: '10' } })
  stage = await openStage(server, 'acme')
  installationId = accepted(await install(stage, await publishPlugin(stage, { id: 'measured' })))
    .installation!.id
  hour = Math.floor(Date.now() / hours(1)) * hours(1)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

async function record(...samples: object[]): Promise<void> {
  const input = { samples: samples.map((sample) => ({ installationId, ...sample })) }
  accepted((await stage.operator.request(RecordHealthDocument, { input })).recordHealth)
}

async function history(resolution: HealthResolution, more: object = {}) {
  const variables = { installationId, resolution, ...more }
  const { node } = await stage.operator.request(HealthRolledUpDocument, variables)
  return (node as { health: { history: History } }).health.history
}

interface History {
  nodes: {
    recordedAt: string
    status: string
    errorCount: number
    avgExecutionTime: number | null
    memoryUsage: number | null
    invocations: number
  }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
  totalCount: number
}

const at = (ms: number): string => new Date(ms).toISOString()

test('minutes are sums of counters, averages of gauges, and the worst status', async () => {
  const minute = hour - hours(30)
  await record(
    { recordedAt: at(minute), status: 'HEALTHY', errorCount: 1, invocations: 10, avgExecutionTime: 4 },
    {
      recordedAt: at(minute + seconds(59)),
      status: 'DEGRADED',
      errorCount: 2,
      invocations: 5,
      memoryUsage: 6,
    },
    { recordedAt: at(minute + minutes(7)), status: 'UNHEALTHY', avgExecutionTime: 8, memoryUsage: 2 },
  )
  const { nodes, totalCount } = await history('MINUTE', { to: at(hour - hours(29)) })
  const [later, earlier] = nodes
  expect(nodes).toHaveLength(2)
  expect(totalCount).toBe(2)
  expect(later).toMatchObject({ recordedAt: at(minute + minutes(7)), status: 'UNHEALTHY', invocations: 0 })
  expect(earlier).toMatchObject({
    recordedAt: at(minute),
    status: 'DEGRADED',
    errorCount: 3,
    invocations: 15,
    avgExecutionTime: 4,
    memoryUsage: 6,
  })
})

test('hours and days follow what is measured, also what comes late', async () => {
  await rollUpHours(server.app)
  await record({ recordedAt: at(hour), status: 'HEALTHY', invocations: 1, avgExecutionTime: 1 })
  await rollUpHours(server.app)
  await rollUpHours(server.app)
  // No job in between: a late sample is rolled up with itself.
  const late = hour - hours(30)
  await record({ recordedAt: at(late + minutes(8)), status: 'HEALTHY', invocations: 100, memoryUsage: 7 })
  const { nodes, totalCount } = await history('HOUR')
  expect(totalCount).toBe(2)
  expect(nodes).toMatchObject([
    { recordedAt: at(hour), invocations: 1, avgExecutionTime: 1, memoryUsage: null },
    {
      recordedAt: at(late),
      status: 'UNHEALTHY',
      errorCount: 3,
      invocations: 115,
      avgExecutionTime: 6,
      memoryUsage: 5,
    },
  ])
  await record({ recordedAt: at(late - hours(1)), status: 'HEALTHY', invocations: 3, avgExecutionTime: 14 })
  const { nodes: byDay } = await history('DAY')
  const sums = byDay.map(({ invocations }) => invocations)
  expect(sums.reduce((sum, count) => sum + count, 0)).toBe(119)
  for (const { recordedAt } of byDay) expect(Date.parse(recordedAt) % days(1)).toBe(0)
  const { nodes: none } = await history('DAY', { from: at(hour + days(2)) })
  expect(none).toEqual([])
})

test('a day is the average of its hours, each by its samples', async () => {
  const day = Math.floor((Date.now() - days(5)) / days(1)) * days(1)
  await record(
    { recordedAt: at(day + hours(1)), avgExecutionTime: 10, status: 'HEALTHY' },
    { recordedAt: at(day + hours(1) + minutes(1)), avgExecutionTime: 10, status: 'HEALTHY' },
    { recordedAt: at(day + hours(1) + minutes(2)), avgExecutionTime: 10, status: 'UNKNOWN' },
    { recordedAt: at(day + hours(23)), avgExecutionTime: 50, status: 'DEGRADED' },
  )
  const { nodes } = await history('DAY', { from: at(day), to: at(day + 1) })
  expect(nodes).toMatchObject([{ recordedAt: at(day), avgExecutionTime: 20, status: 'DEGRADED' }])
})

test('pages are resumed by their own resolution only', async () => {
  for (const resolution of ['MINUTE', 'HOUR', 'DAY'] as const) {
    const all = await history(resolution, { first: 50 })
    const seen: string[] = []
    let after: string | null = null
    do {
      const page: History = await history(resolution, { first: 1, ...(after === null ? {} : { after }) })
      seen.push(...page.nodes.map(({ recordedAt }) => recordedAt))
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after !== null)
    expect(seen, resolution).toEqual(all.nodes.map(({ recordedAt }) => recordedAt))
    expect(all.nodes.length).toBeGreaterThan(1)
    const other = resolution === 'HOUR' ? 'DAY' : 'HOUR'
    expect(await refusalOf(history(other, { after: all.pageInfo.endCursor }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    })
    expect(await refusalOf(history('RAW', { after: all.pageInfo.endCursor }))).toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  }
})

test('of a week of samples no more are read than a page of minutes needs', async () => {
  await server.owner.query(
    `insert into health_sample (id, installation_id, organization_id, recorded_at, status)
     select gen_random_uuid(), $1, $2, now() - n * interval '6 seconds', 'HEALTHY' from generate_series(1, 100000) n`,
    [rowId(installationId), rowId(stage.organizationId)],
  )
  await server.owner.query('analyze health_sample')
  const { pool } = server.app.database
  const query = pool.query.bind(pool)
  let ran: { text: string; values: unknown[] } | undefined
  pool.query = ((given: { text: string; values: unknown[] }) => {
    if (given.text?.includes('recursive step')) ran = given
    return (query as (given: unknown) => unknown)(given)
  }) as unknown as typeof pool.query
  await history('MINUTE', { first: 5 })
  pool.query = query
  const { rows } = await pool.query<{ 'QUERY PLAN': unknown }>({
    text: `explain (analyze, format json) ${ran!.text}`,
    values: ran!.values,
  })
  const read = JSON.stringify(rows[0]!['QUERY PLAN']).matchAll(/"Actual Rows":\s*([\d.]+)/g)
  for (const [, count] of read) expect(Number(count)).toBeLessThan(30)
})

test('hours older than they are kept are forgotten', async () => {
  await server.owner.query(
    `insert into health_hour (installation_id, hour, organization_id, samples, status, error_count, warning_count, invocations)
     values ($1, now() - interval '401 days', $2, 1, 'HEALTHY', 0, 0, 0)`,
    [rowId(installationId), rowId(stage.organizationId)],
  )
  const before = (await history('HOUR')).totalCount
  await forgetHours(server.app)
  expect((await history('HOUR')).totalCount).toBe(before - 1)
})
