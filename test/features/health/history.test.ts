import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { HealthHistoryDocument, RecordHealthDocument } from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { days, hours } from '../../../src/lib/units.ts'
import { ask } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  type TestStage,
} from '../../support/stage.ts'

/** Nothing but what is measured here is written meanwhile. */
const NEVER_MS = hours(1)
/** As an installation collects in a week at one sample every six seconds. */
const SAMPLES = 100_000

let server: TestServer
let stage: TestStage
let other: TestStage
const ids: string[] = []
const statements: { text: string; values: unknown[]; rows: number }[] = []
beforeAll(async () => {
  server = await startTestServer({ worker: false, config: { healthFlushMs: NEVER_MS } })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  for (const id of ['first', 'second', 'third']) {
    ids.push(accepted(await install(stage, await publishPlugin(stage, { id }))).installation!.id)
  }
  const { pool } = server.app.database
  await pool.query(
    `insert into health_sample (id, installation_id, organization_id, recorded_at, status, invocations)
     select gen_random_uuid(), $1, $2, now() - n * interval '1 second', 'HEALTHY', n from generate_series(1, $3::int) n`,
    [rowId(ids[0]!), rowId(stage.organizationId), SAMPLES],
  )
  await server.owner.query('analyze health_sample')
  // Every statement that goes through the pool is noted with how many rows came back; nothing about it is changed.
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<{ rows: unknown[] }>
  pool.query = (async (...args: unknown[]) => {
    const result = await query(...args)
    const [given] = args as [{ text?: string; values?: unknown[] }]
    if (typeof given === 'object' && given.text?.includes('from health_sample')) {
      statements.push({ text: given.text, values: given.values ?? [], rows: result.rows.length })
    }
    return result
  }) as unknown as typeof pool.query
})
beforeEach(() => void statements.splice(0))
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

test('of 100,000 samples three are asked for: PostgreSQL reads that few, by the index', async () => {
  const { node } = await stage.operator.request(HealthHistoryDocument, { installationId: ids[0]!, first: 3 })
  const { nodes, pageInfo } = (
    node as {
      health: {
        history: { nodes: { invocations: number }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
      }
    }
  ).health.history
  expect(nodes.map((it) => it.invocations)).toEqual([1, 2, 3])
  expect(pageInfo.hasNextPage).toBe(true)
  expect(statements).toHaveLength(1)
  const [{ text, values, rows }] = statements as [(typeof statements)[number]]
  expect(text).toMatch(/limit \$6/)
  expect(rows).toBeLessThan(10)
  const plan = await server.app.database.pool.query<{ 'QUERY PLAN': unknown }>({
    text: `explain (analyze, buffers, format json) ${text}`,
    values,
  })
  const read = JSON.stringify(plan.rows[0]!['QUERY PLAN']).matchAll(/"Actual Rows":\s*([\d.]+)/g)
  for (const [, count] of read) expect(Number(count)).toBeLessThan(10)
  const behind = await stage.operator.request(HealthHistoryDocument, {
    installationId: ids[0]!,
    first: 2,
    after: pageInfo.endCursor,
  })
  expect(
    (behind.node as { health: { history: { nodes: { invocations: number }[] } } }).health.history.nodes.map(
      (it) => it.invocations,
    ),
  ).toEqual([4, 5])
})

test('histories of many installations are one statement', async () => {
  const query =
    '{ installations { nodes { health { status history(first: 2) { nodes { recordedAt } } latest { recordedAt } } } } }'
  const answer = await ask(server, query, { key: stage.operatorKey })
  expect(answer.json!.errors).toBeUndefined()
  expect((answer.json!.data!['installations'] as { nodes: unknown[] }).nodes).toHaveLength(3)
  expect(statements, 'one for the histories, one for the latest').toHaveLength(2)
})

test('a page of a thousand samples, and a cursor of something else, are BAD_USER_INPUT', async () => {
  for (const more of [{ first: 1_000 }, { first: -1 }, { first: 3, after: 'bm9uc2Vuc2U' }]) {
    expect(
      await refusalOf(stage.operator.request(HealthHistoryDocument, { installationId: ids[0]!, ...more })),
    ).toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  }
})

test('a batch is taken whole or not at all', async () => {
  const record = async (samples: object[], by = stage.operator) =>
    (await by.request(RecordHealthDocument, { input: { samples: samples as never } })).recordHealth
  const count = async () =>
    (
      await server.app.database.pool.query<{ n: number }>(
        'select count(*)::int as n from health_sample where installation_id = $1',
        [rowId(ids[1]!)],
      )
    ).rows[0]!.n
  const installationId = ids[1]!
  expect(
    accepted(
      await record([
        { installationId, status: 'HEALTHY' },
        { installationId, status: 'UNHEALTHY', errorCount: 2 },
      ]),
    ).accepted,
  ).toBe(2)
  const before = await count()
  const old = new Date(Date.now() - days(8)).toISOString()
  const mixed = await record([
    { installationId },
    { installationId, errorCount: -1 },
    { installationId, recordedAt: old },
  ])
  expect(mixed.userErrors.map((error) => error.field)).toEqual([
    ['samples', '1', 'errorCount'],
    ['samples', '2', 'recordedAt'],
  ])
  expect(mixed.accepted).toBe(0)
  expect(codesOf(await record([]))).toEqual(['INVALID_INPUT'])
  expect(await refusalOf(record([{ installationId }], other.operator))).toMatchObject({ code: 'NOT_FOUND' })
  expect(await count()).toBe(before)
})

test('what arrives late counts its errors, and leaves the present state as it is', async () => {
  const installationId = ids[2]!
  const record = async (sample: object) =>
    accepted(
      (
        await stage.operator.request(RecordHealthDocument, {
          input: { samples: [{ installationId, ...sample }] },
        })
      ).recordHealth,
    )
  await record({ status: 'HEALTHY', errorCount: 1 })
  await record({
    status: 'UNHEALTHY',
    errorCount: 4,
    recordedAt: new Date(Date.now() - days(1)).toISOString(),
  })
  const { rows } = await server.app.database.pool.query(
    'select health_status, error_count from installation where id = $1',
    [rowId(installationId)],
  )
  expect(rows[0]).toEqual({ health_status: 'HEALTHY', error_count: 5 })
})
