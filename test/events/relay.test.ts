import { afterEach, beforeEach, expect, test } from 'vitest'
import { adoptRestoredEvents } from '../../src/events/adopt-restored.ts'
import { currentPosition, missedSince } from '../../src/events/read-events.ts'
import { recordOfHost } from '../../src/events/record.ts'
import { startRelay, type React } from '../../src/events/relay.ts'
import { newId } from '../../src/lib/ids.ts'
import { MiB } from '../../src/lib/units.ts'
import { inTransaction } from '../../src/platform/database.ts'
import { eventually } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let relays: { stop: () => Promise<void> }[] = []
beforeEach(async () => {
  server = await startTestServer({ worker: false })
})
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()))
  relays = []
  await server.close()
})

/** A job for each event, without a key that would hide a second one. */
const react: React = async (events) =>
  events.map(({ id, type }) =>
    type === 'counted.once'
      ? [{ task: 'count', payload: { eventId: id }, key: newId(), maxAttempts: 1 }]
      : [],
  )

function candidates(count: number): void {
  for (let index = 0; index < count; index++) {
    relays.push(startRelay(server.app.database.url, server.app.bus, react, server.app.log))
  }
}

async function tell(): Promise<string> {
  const id = await inTransaction(server.app.database.prisma, (tx) =>
    recordOfHost(tx, 'counted.once', {}, { actorId: null, at: new Date() }),
  )
  server.app.bus.ring()
  return id
}

/** The events of the jobs in the queue, in the order in which they were put there. */
async function jobs(): Promise<string[]> {
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    `select payload ->> 'eventId' as id from graphile_worker._private_jobs as job order by job.id`,
  )
  return rows.map((row) => row.id)
}

test('each event becomes its job exactly once, though two are candidates and the leader is cut off again and again', async () => {
  candidates(2)
  const told: string[] = []
  for (let round = 0; round < 6; round++) {
    for (let index = 0; index < 10; index++) told.push(await tell())
    await server.app.database.pool.query(
      `select pg_terminate_backend(a.pid) from pg_stat_activity a join pg_locks l on l.pid = a.pid
       where a.application_name = 'patchbay-relay' and l.locktype = 'advisory' and l.granted and a.datname = current_database()`,
    )
  }
  await eventually('all have their jobs', async () => (await jobs()).length >= told.length)
  expect((await jobs()).toSorted()).toEqual(told.toSorted())
})

test('what was told while no relay ran is turned when one starts, once', async () => {
  const before = [await tell(), await tell()]
  candidates(1)
  await eventually('they have their jobs', async () => (await jobs()).length === 2)
  expect(await jobs()).toEqual(before)
  await relays.pop()!.stop()
  const after = await tell()
  candidates(1)
  await eventually('the next has its job', async () => (await jobs()).length === 3)
  expect(await jobs()).toEqual([...before, after])
})

test('a flood is turned in batches: of each event all jobs, in their order, and one where two ask for the same', async () => {
  const batches: number[] = []
  const flooded: React = async (events) => {
    const flood = events.filter(({ type }) => type === 'counted.once')
    if (flood.length > 0) batches.push(flood.length)
    return events.map(({ id, type }) => {
      if (type !== 'counted.once') return []
      const own = [1, 2, 3].map((part) => ({ payload: { eventId: id, part }, key: `${id} ${part}` }))
      const shared = { payload: { eventId: id, part: 0 }, key: 'shared' }
      return [...own, shared].map((job) => ({ task: 'count', maxAttempts: 1, ...job }))
    })
  }
  const { rows } = await server.app.database.pool.query<{ id: string }>(
    `with told as (
       insert into event (id, type, source, payload, occurred_at)
       select gen_random_uuid(), 'counted.once', 'host', '{}', now() from generate_series(1, 1200) returning id, seq)
     select id from told order by seq`,
  )
  relays.push(startRelay(server.app.database.url, server.app.bus, flooded, server.app.log))
  await eventually('they have their jobs', async () => (await jobs()).length === 3601)
  // As many statements as batches, not as events.
  expect(batches.length).toBeLessThan(6)
  const made = await jobs()
  const last = rows.at(-1)!.id
  expect(made.filter((id) => id === last)).toHaveLength(4)
  // The shared one has the place of the first that asked for it, and says what the last did.
  expect(made.toSpliced(3, 1)).toEqual(rows.flatMap(({ id }) => [id, id, id]))
})

test('great events are read some at a time, by the relay and by who comes again, in their order and none left out', async () => {
  const { pool } = server.app.database
  const start = await currentPosition(pool)
  // Now and then a small one; text that grows as it is read: of 1e300 it has 301 digits, and 2 MB of them may not take others along.
  const { rows } = await pool.query<{ id: string; size: number }>(
    `with told as (
       insert into event (id, type, source, payload, occurred_at)
       select gen_random_uuid(), 'counted.once', case when n = 99 then 'host' else 'patchbay' end, case
           when n % 25 = 0 then '{}'
           when n in (33, 66) then jsonb_build_object('list', array_fill('1e300'::numeric, array[7000]))
           else jsonb_build_object('text', repeat('x', 1000000)) end, now()
       from generate_series(1, 100) n returning id, seq, octet_length(payload::text) as size)
     select id, size from told order by seq`,
  )
  const ids = rows.map(({ id }) => id)
  const sizes = new Map(rows.map(({ id, size }) => [id, size]))
  const batches: string[][] = []
  const unread: string[] = []
  const noting: React = async (events) => {
    const told = events.filter(({ type }) => type === 'counted.once')
    if (told.length > 0) batches.push(told.map(({ id }) => id))
    for (const { id, payload } of told)
      if (sizes.get(id)! > 2 && Object.keys(payload).length === 0) unread.push(id)
    return await react(events)
  }
  relays.push(startRelay(server.app.database.url, server.app.bus, noting, server.app.log))
  await eventually('they have their jobs', async () => (await jobs()).length === 100)
  expect(await jobs()).toEqual(ids)
  expect(batches.flat()).toEqual(ids)
  for (const batch of batches) {
    const bytes = batch.reduce((sum, id) => sum + (unread.includes(id) ? 0 : sizes.get(id)!), 0)
    expect(bytes).toBeLessThanOrEqual(8 * MiB)
  }
  // Deliveries load what others told by themselves.
  expect(unread).toEqual([ids[98]])
  // As many as are few enough bytes.
  expect(batches.length).toBeLessThan(25)

  const missed: string[] = []
  const steps = missedSince(pool, { ...start, seq: 0n, index: -1 })
  for await (const { event } of steps) {
    expect(event.size).toBe(sizes.get(event.id))
    expect(Object.keys(event.payload)).toHaveLength(event.size > 2 ? 1 : 0)
    missed.push(event.id)
  }
  expect(missed).toEqual(ids)
})

test('a database that is restored elsewhere: what was done is not done again, and what was not is', async () => {
  const done = [await tell(), await tell()]
  candidates(1)
  await eventually('they have their jobs', async () => (await jobs()).length === 2)
  await relays.pop()!.stop()
  const undone = [await tell(), await tell()]
  const { pool } = server.app.database
  // As after pg_restore into a younger cluster: all ids of transactions lie in its future.
  await pool.query(`update event set xid = (xid::text::bigint + 1000000000)::text::xid8`)
  await pool.query(`update relay_position set snapshot = '1000000500:1000000500:'`)
  await pool.query(`update service_setting set value = '"another cluster"' where name = 'cluster'`)
  await adoptRestoredEvents(pool, server.app.log)
  await adoptRestoredEvents(pool, server.app.log)
  candidates(1)
  const fresh = await tell()
  await eventually('the rest has its jobs', async () => (await jobs()).length >= 5)
  expect(await jobs()).toEqual([...done, ...undone, fresh])
})
