import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { days } from '../../src/lib/units.ts'
import { dropOldPartitions, ensurePartitions } from '../../src/platform/partitions.ts'
import { createTestDatabase, testPool, type TestDatabase } from '../support/postgres.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  pool = testPool(database.url)
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

async function partitionsOf(table: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    'select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass order by 1',
    [table],
  )
  return rows.map((row) => row.name)
}

async function insertEvent(at: Date): Promise<string> {
  const { rows } = await pool.query<{ partition: string }>(
    `insert into event (id, type, source, payload, occurred_at) values ($1, 'test.event', 'host', '{}', $2)
     returning tableoid::regclass::text as partition`,
    [newId(), at],
  )
  return rows[0]!.partition
}

test('partitions are made ahead, once, also by several processes at a time, and rows lie in that of their day', async () => {
  const now = new Date()
  await Promise.all(Array.from({ length: 4 }, () => ensurePartitions(pool, now)))
  const today = now.toISOString().slice(0, 10).replaceAll('-', '')
  for (const table of ['event', 'invocation', 'invocation_finish', 'health_sample']) {
    expect(await partitionsOf(table)).toContain(`${table}_${today}`)
  }
  expect(await insertEvent(now)).toBe(`event_${today}`)
})

test('what is older than it is kept is dropped whole; events that the relay has not done stay', async () => {
  const past = new Date('2020-01-10T12:00:00Z')
  await ensurePartitions(pool, past)
  expect(await partitionsOf('health_sample')).toContain('health_sample_20200110')
  const retention = { invocationsMs: days(30), eventsMs: days(30), healthMs: days(7) }
  await pool.query(
    `insert into event (id, type, source, payload, occurred_at)
     values ('016f8f7a-0000-7000-8000-000000000001', 'test.event', 'host', '{}', '2020-01-11T12:00:00Z')`,
  )
  await dropOldPartitions(pool, new Date(), retention)
  expect(await partitionsOf('health_sample')).not.toContain('health_sample_20200110')
  expect(await partitionsOf('invocation')).not.toContain('invocation_20200110')
  expect(await partitionsOf('event')).toContain('event_20200111')
  await pool.query(
    `insert into relay_position (id, snapshot, seq) select 1, pg_current_snapshot()::text, max(seq) from event`,
  )
  await dropOldPartitions(pool, new Date(), retention)
  expect(await partitionsOf('event')).not.toContain('event_20200111')
})
