import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawApiKey } from '../../../src/auth/api-key.ts'
import { invoke, type InvokeRequest, type Invoked } from '../../../src/features/invocations/invoke.ts'
import { loadTarget, type Target } from '../../../src/features/invocations/target.ts'
import { flushObservations } from '../../../src/features/health/record-observations.ts'
import { hours, seconds } from '../../../src/lib/units.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { ask } from '../../support/http.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, rowId, run, type TestStage } from '../../support/stage.ts'

/** Two processes on one database, by one clock. */
const clock = new FakeClock()
let database: Awaited<ReturnType<typeof createTestDatabase>>
let first: TestServer
let second: TestServer
let stage: TestStage
const queries: string[] = []
beforeAll(async () => {
  database = await createTestDatabase()
  // What was seen is recorded when a test says so.
  const config = { healthFlushMs: hours(1) }
  const common = { databaseUrl: database.url, adminKey: drawApiKey().secret, clock, worker: false, config }
  first = await startTestServer({ ...common, onQuery: (sql) => void queries.push(sql) })
  const { main } = first.app.config.storage
  if (main.kind !== 'file') throw new Error('The tests keep archives in a directory.')
  second = await startTestServer({ ...common, storageDirectory: main.directory })
  stage = await openStage(first)
})
afterAll(async () => {
  await stage.close()
  await Promise.all([first.close(), second.close()])
  await database.drop()
})

const CODE = `import { definePlugin, PluginError } from 'patchbay'
const act = (input) => {
  if (input.on === 'purpose') throw new PluginError('no')
  if (input.fail) throw new Error('broken')
  return 'fine'
}
export default definePlugin({
  hooks: { order_check: (ctx, input) => act(input) },
  routes: { 'GET /ping': () => act({}) },
  health: () => ({ status: 'healthy' }),
})`

/** A plugin of its own, which fails where it is told to. Gives its global id. */
async function place(id: string): Promise<string> {
  const routes = [{ method: 'GET', path: '/ping', public: true }]
  return await run(stage, { id, hooks: ['order_check'], routes, permissions: ['routes:serve'] }, CODE)
}

async function targetOf(server: TestServer, installationId: string): Promise<Target> {
  return (await loadTarget(server.app, { id: rowId(installationId) }))!
}

async function call(server: TestServer, id: string, input: JsonObject = {}): Promise<Invoked> {
  return await invoke(server.app, await targetOf(server, id), {
    kind: 'HOOK',
    name: 'order_check',
    args: [input],
  })
}

/** Outcomes of so many calls that fail, by the processes in turn. */
async function fail(id: string, times: number): Promise<string[]> {
  const outcomes: string[] = []
  for (let n = 0; n < times; n += 1)
    outcomes.push((await call(n % 2 === 0 ? first : second, id, { fail: true })).result.outcome)
  return outcomes
}

/** What the graph says. */
async function shown(id: string): Promise<unknown> {
  const query = `query ($id: ID!) { node(id: $id) { ... on Installation {
    health { status message } circuit { state failures failingSince openUntil } } } }`
  const { json } = await ask(first, query, { key: first.adminKey, variables: { id } })
  return json!.data!['node']
}

async function eventsOf(id: string): Promise<string[]> {
  const { rows } = await first.app.database.pool.query<{ type: string }>(
    `select type from event where subject_id = $1 and type like 'health.circuit%' order by seq`,
    [rowId(id)],
  )
  return rows.map(({ type }) => type)
}

test('five failures in a row, in whichever process, open the circuit for all of them; the graph and an event say so', async () => {
  const id = await place('opens')
  expect(await fail(id, 4)).toEqual(['ERROR', 'ERROR', 'ERROR', 'ERROR'])
  expect(await shown(id)).toMatchObject({ circuit: { state: 'CLOSED', failures: 4, openUntil: null } })
  expect(await fail(id, 1)).toEqual(['ERROR'])
  const openUntil = new Date(clock.now().getTime() + seconds(60))
  for (const server of [first, second]) {
    const { result, refusedUntil } = await call(server, id)
    expect(result).toMatchObject({ outcome: 'DENIED', handled: false, error: { code: 'CIRCUIT_OPEN' } })
    expect(refusedUntil).toEqual(openUntil)
  }
  expect(await shown(id)).toMatchObject({
    health: {
      status: 'UNHEALTHY',
      message: `Its circuit is open: it failed 5 times in a row. Calls are refused until ${openUntil.toISOString()}, then one is tried.`,
    },
    circuit: { state: 'OPEN', failures: 5, openUntil: openUntil.toISOString() },
  })
  expect(await eventsOf(id)).toEqual(['health.circuit_opened'])
})

test('a route of an open circuit answers 503 and when to try again', async () => {
  const id = await place('routes')
  const visit = () =>
    fetch(`${first.url}/ext/routes/ping`, { headers: { 'x-patchbay-site': stage.siteIds[0]! } })
  expect((await visit()).status).toBe(200)
  await fail(id, 5)
  clock.advance(seconds(17.5))
  const answer = await visit()
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('43')
})

test('after its time one call is tried, of all processes’; where that fails the circuit stays open', async () => {
  const id = await place('tried')
  await fail(id, 5)
  clock.advance(seconds(60))
  expect(await shown(id)).toMatchObject({ circuit: { state: 'HALF_OPEN' } })
  const calls = [first, second, first, second, first].map((server) => call(server, id, { fail: true }))
  const outcomes = (await Promise.all(calls)).map(({ result }) => result.outcome)
  expect(outcomes.toSorted()).toEqual(['DENIED', 'DENIED', 'DENIED', 'DENIED', 'ERROR'])
  expect(await shown(id)).toMatchObject({ circuit: { state: 'OPEN', failures: 6 } })
  expect(await eventsOf(id)).toEqual(['health.circuit_opened'])
  clock.advance(seconds(59))
  expect((await call(second, id)).result.outcome).toBe('DENIED')
  clock.advance(seconds(1))
  expect((await call(second, id)).result.value).toBe('fine')
  expect((await call(first, id)).result.value).toBe('fine')
  expect(await shown(id)).toMatchObject({
    health: { status: 'HEALTHY', message: null },
    circuit: { state: 'CLOSED', failures: 0 },
  })
  expect(await eventsOf(id)).toEqual(['health.circuit_opened', 'health.circuit_closed'])
})

test('a success between, a PluginError, or ten minutes between the first and the last open nothing', async () => {
  const id = await place('patient')
  await fail(id, 4)
  expect((await call(second, id)).result.outcome).toBe('OK')
  await fail(id, 4)
  expect((await call(first, id, { on: 'purpose' })).result.outcome).toBe('ERROR')
  expect(await shown(id)).toMatchObject({ circuit: { state: 'CLOSED', failures: 0, failingSince: null } })
  await fail(id, 4)
  clock.advance(seconds(601))
  await fail(id, 1)
  expect(await shown(id)).toMatchObject({ circuit: { state: 'CLOSED', failures: 1 } })
  await fail(id, 4)
  expect(await shown(id)).toMatchObject({ circuit: { state: 'OPEN', failures: 5 } })
})

test('what is measured, or asked of its health, does not make it healthy while its circuit is open', async () => {
  const id = await place('measured')
  await call(first, id)
  await fail(id, 5)
  const health = await invoke(first.app, await targetOf(first, id), {
    kind: 'HEALTH',
    name: 'health',
    args: [],
  })
  expect(health.result.value).toEqual({ status: 'healthy' })
  await flushObservations(first.app)
  await flushObservations(second.app)
  expect(await shown(id)).toMatchObject({
    health: { status: 'UNHEALTHY', message: expect.stringContaining('Its circuit is open') },
    circuit: { state: 'OPEN' },
  })
})

test('a trial whose process never came back is given to another call', async () => {
  const id = await place('lost')
  await fail(id, 5)
  clock.advance(seconds(60))
  const { prisma } = first.app.database
  const trialUntil = new Date(clock.now().getTime() + seconds(35))
  await prisma.circuit.update({ where: { installationId: rowId(id) }, data: { trialUntil } })
  expect((await call(first, id)).result.outcome).toBe('DENIED')
  clock.advance(seconds(35))
  expect((await call(first, id)).result.outcome).toBe('OK')
})

test('calls of a plugin that works neither ask for its circuit nor write of it', async () => {
  const target = await targetOf(first, await place('works'))
  const request: InvokeRequest = { kind: 'HOOK', name: 'order_check', args: [{}] }
  await invoke(first.app, target, request)
  queries.length = 0
  await invoke(first.app, target, request)
  expect(queries.filter((sql) => sql.includes('circuit'))).toEqual([])
})
