import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  EmitEventDocument,
  EventDeliveriesDocument,
  EventInvocationsDocument,
  ReplayEventDeliveryDocument,
  type DeliveryStatus,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { Enqueue } from '../../../src/events/relay.ts'
import { deliverEvent } from '../../../src/features/execution/deliver-event.ts'
import { newId } from '../../../src/lib/ids.ts'
import { minutes } from '../../../src/lib/units.ts'
import { reactTo } from '../../../src/reactions.ts'
import { taskList } from '../../../src/tasks.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, refusalOf, rowId, run, type TestStage } from '../../support/stage.ts'
import { apply, yamlOf } from '../webhooks/support/webhooks.ts'

const clock = new FakeClock(new Date())
let server: TestServer
let stage: TestStage
let other: TestStage
const queries: string[] = []
beforeAll(async () => {
  server = await startTestServer({ clock, worker: false, onQuery: (sql) => void queries.push(sql) })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const plugin = (handler: string): string =>
  `import { definePlugin, PluginError } from 'patchbay'\nexport default definePlugin({ events: { 'shop.*': ${handler} } })`
/** Says that it failed on purpose, which opens no circuit, where the payload says so. */
const FAILS_ON_DEMAND = plugin(
  `(ctx, { payload }) => { if (payload.fail) throw new PluginError('out of stock') }`,
)

async function emit(payload: object): Promise<string> {
  const input = { type: 'shop.order', siteId: stage.siteIds[0]!, payload }
  return accepted((await stage.operator.request(EmitEventDocument, { input })).emitEvent).event!.id
}

async function listed(status?: DeliveryStatus[], client = stage.operator) {
  const { eventDeliveries } = await client.request(EventDeliveriesDocument, { status: status ?? null })
  return eventDeliveries.nodes
}

let installationId: string
test('what fails is tried eight times with growing pauses, each in a bound of its own, then it is dead', async () => {
  installationId = await run(stage, { id: 'shop-stock', events: ['shop.*'] }, FAILS_ON_DEMAND)
  const eventId = await emit({ fail: true })
  const job = { eventId: rowId(eventId), installationId: rowId(installationId) }
  const pauses: number[] = []
  for (let attempt = 1; attempt < 8; attempt++) {
    const again = await deliverEvent(server.app, job)
    pauses.push(again!.inMs / 1000)
    const [delivery] = await listed()
    expect(delivery).toMatchObject({
      status: 'PENDING',
      attempts: attempt,
      error: 'PluginError: out of stock',
    })
    expect(new Date(delivery!.nextAttemptAt!).getTime()).toBe(clock.now().getTime() + again!.inMs)
    clock.advance(again!.inMs)
  }
  for (const [index, pause] of pauses.entries()) {
    expect(pause).toBeLessThanOrEqual(Math.E ** (index + 1))
    expect(pause).toBeGreaterThanOrEqual(Math.E ** (index + 1) / 2 - 0.001)
  }
  expect(await deliverEvent(server.app, job)).toBeNull()
  expect(await listed(['DEAD'])).toMatchObject([
    { attempts: 8, nextAttemptAt: null, event: { id: eventId, type: 'shop.order' } },
  ])
  // Whoever comes too late finds it done.
  expect(await deliverEvent(server.app, job)).toBeNull()
  expect(await listed(['DEAD'])).toMatchObject([{ attempts: 8 }])
  const { node } = await stage.operator.request(EventInvocationsDocument, { id: eventId })
  const invocations = node !== null && 'invocations' in node ? node.invocations.nodes : []
  expect(invocations).toHaveLength(8)
  expect(invocations[0]).toMatchObject({ outcome: 'ERROR', event: { id: eventId } })
})

test('a dead one is replayed once, however often that is asked, and by whom may run plugins there only', async () => {
  const [dead] = await listed(['DEAD'])
  const replay = async (by = stage.operator) =>
    (await by.request(ReplayEventDeliveryDocument, { input: { eventDeliveryId: dead!.id } }))
      .replayEventDelivery
  expect(await listed(undefined, other.operator)).toEqual([])
  expect(await refusalOf(replay(other.operator))).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refusalOf(replay(stage.publisher))).toMatchObject({ code: 'NOT_FOUND' })
  expect(accepted(await replay()).delivery).toMatchObject({ status: 'PENDING', attempts: 0 })
  expect(accepted(await replay()).delivery).toMatchObject({ status: 'PENDING', attempts: 0 })
  const { rows } = await server.app.database.pool.query(
    `select 1 from audit_entry where action = 'plugin.event_replayed' and subject_id = $1`,
    [rowId(dead!.id)],
  )
  expect(rows).toHaveLength(1)
})

test('what works after failures is kept as delivered, and is not replayed', async () => {
  const eventId = await emit({ fail: false })
  const job = { eventId: rowId(eventId), installationId: rowId(installationId) }
  await server.app.database.pool.query(
    `insert into event_delivery (id, organization_id, installation_id, event_id, status, attempts, error, created_at, updated_at)
     select gen_random_uuid(), $1, $2, $3, 'PENDING', 2, 'Error: no', now(), now()`,
    [rowId(stage.organizationId), job.installationId, job.eventId],
  )
  expect(await deliverEvent(server.app, job)).toBeNull()
  const [delivered] = await listed(['DELIVERED'])
  expect(delivered).toMatchObject({ attempts: 3, event: { id: eventId } })
  const { replayEventDelivery } = await stage.operator.request(ReplayEventDeliveryDocument, {
    input: { eventDeliveryId: delivered!.id },
  })
  expect(codesOf(replayEventDelivery)).toEqual(['INVALID_STATE'])
})

test('while the circuit of a plugin is open its events wait for it', async () => {
  const brokenId = await run(
    stage,
    { id: 'shop-broken', events: ['shop.*'] },
    plugin(`() => { throw new Error('bug') }`),
  )
  const pauses: number[] = []
  for (let count = 0; count < 6; count++) {
    const job = { eventId: rowId(await emit({})), installationId: rowId(brokenId) }
    pauses.push((await deliverEvent(server.app, job))!.inMs)
  }
  expect(pauses.slice(0, 5).every((pause) => pause < minutes(1))).toBe(true)
  expect(pauses[5]).toBeGreaterThanOrEqual(minutes(1))
})

test('a worker that dies after the failure was written leaves the event to the next one', async () => {
  const eventId = await emit({ fail: true })
  const payload = { eventId: rowId(eventId), installationId: rowId(installationId) }
  const { pool } = server.app.database
  const key = `event:${payload.eventId}:${payload.installationId}`
  await pool.query(
    `select graphile_worker.add_job('deliverEvent', $1::json, job_key := $2, max_attempts := 25)`,
    [payload, key],
  )
  // As a worker that holds it, has called the handler and kept what came of it, and then is no more.
  await pool.query(
    `update graphile_worker._private_jobs set locked_at = now(), locked_by = 'dead', attempts = 1 where key = $1`,
    [key],
  )
  await deliverEvent(server.app, payload)
  await pool.query(`select graphile_worker.force_unlock_workers(array['dead'])`)
  const { rows } = await pool.query<{ locked: boolean; attempts: number; payload: object }>(
    `select j.locked_at is not null as locked, j.attempts, p.payload from graphile_worker.jobs j
     join graphile_worker._private_jobs p using (id) where j.key = $1`,
    [key],
  )
  expect(rows).toEqual([{ locked: false, attempts: 1, payload }])
  // The next one runs it, and puts it off.
  const added: unknown[] = []
  const helpers = {
    job: { key, payload, flags: { 'organization:1': true } },
    addJob: async (...job: unknown[]) => void added.push(job),
  }
  await taskList(server.app)['deliverEvent']!(payload, helpers as never)
  expect(added).toMatchObject([
    ['deliverEvent', payload, { jobKey: key, maxAttempts: 25, flags: ['organization:1'] }],
  ])
  expect((await listed(['PENDING'])).find(({ event }) => event?.id === eventId)).toMatchObject({
    attempts: 2,
  })
})

test('many events at once have the jobs that each has alone, and who subscribes is not asked for each of them', async () => {
  const code = `import { definePlugin } from 'patchbay'\nexport default definePlugin({ events: {} })`
  const listening = { events: ['flood.*'] }
  const [site, elsewhere] = stage.siteIds as [string, string]
  const here = rowId(await run(stage, { id: 'hears', ...listening }, code, site))
  const foreign = rowId(await run(other, { id: 'hears-too', ...listening }, code))
  await apply(stage, yamlOf('all', 'https://example.com/', { on: 'flood.*' }))
  await apply(
    stage,
    yamlOf('some', 'https://example.com/', {
      on: 'flood.a',
      rest: 'when: { site: { labels: { env: production } } }',
    }),
  )
  await server.app.database.prisma.site.update({
    where: { id: rowId(elsewhere) },
    data: { labels: { env: 'staging' } },
  })
  const acme = rowId(stage.organizationId)
  const globex = rowId(other.organizationId)
  const place = (type: string, organizationId: string | null, siteId: string | null) => {
    const row = { id: newId(), type, organizationId, siteId, source: 'host', subjectId: null, actorId: null }
    return { ...row, payload: {}, occurredAt: clock.now(), seq: 0n, xid: 0n, size: 2 }
  }
  const events = [
    place('flood.a', acme, rowId(site)),
    place('flood.a', acme, rowId(elsewhere)),
    place('flood.b', acme, null),
    place('dry.a', acme, rowId(site)),
    place('flood.a', globex, null),
    place('flood.a', null, null),
    place('health.recorded', acme, null),
  ]
  const brief = (following: Enqueue[][]) =>
    following.map((jobs) =>
      jobs.map(({ task, payload }) => ('installationId' in payload ? payload.installationId : task)),
    )
  const webhook = 'deliverWebhook'
  const expected = [[here, webhook, webhook], [webhook], [here, webhook], [], [foreign], [], []]
  expect(brief(await reactTo(server.app, events))).toEqual(expected)
  // What was killed before it stored how far it was turns them once more: to the same.
  const alone: Enqueue[][] = []
  for (const event of events) alone.push(...(await reactTo(server.app, [event])))
  expect(brief(alone)).toEqual(expected)
  const count = async (times: number): Promise<number> => {
    queries.length = 0
    await reactTo(
      server.app,
      Array.from({ length: times }, () => events)
        .flat()
        .map((it) => ({ ...it, id: newId() })),
    )
    return queries.length
  }
  // Those of 280 events, and what the service asks meanwhile for itself.
  expect(await count(40)).toBeLessThan(50)
})
