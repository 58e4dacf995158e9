import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateOrganizationDocument,
  EventStreamDocument,
  InstallationHealthDocument,
  RecordHealthDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../scripts/lib/graph-client.ts'
import { drawApiKey } from '../../src/auth/api-key.ts'
import { record } from '../../src/events/record.ts'
import { newId } from '../../src/lib/ids.ts'
import { inTransaction } from '../../src/platform/database.ts'
import { openEventBus } from '../../src/platform/event-bus.ts'
import { createLog } from '../../src/platform/log.ts'
import { eventually } from '../support/http.ts'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { install, openStage, publishPlugin, type TestStage } from '../support/stage.ts'

let database: TestDatabase
/** Two API servers and a worker, as three processes would be. */
let first: TestServer
let second: TestServer
let worker: TestServer
let here: GraphClient
let there: GraphClient
let stage: TestStage
beforeAll(async () => {
  database = await createTestDatabase()
  const common = { databaseUrl: database.url, adminKey: drawApiKey().secret }
  first = await startTestServer({ ...common, worker: false })
  const { main } = first.app.config.storage
  const storageDirectory = main.kind === 'file' ? main.directory : ''
  second = await startTestServer({ ...common, storageDirectory, worker: false })
  worker = await startTestServer({ ...common, storageDirectory })
  here = graphClient(first.url, first.adminKey)
  there = graphClient(second.url, second.adminKey)
  stage = await openStage(first)
})
afterAll(async () => {
  await Promise.all([here.close(), there.close(), stage.close()])
  await Promise.all([first.close(), second.close(), worker.close()])
  await database.drop()
})

interface Told {
  type: string
  cursor: string
  slug: unknown
}

/** What a subscription to a type delivers, as it comes. */
function listen(client: GraphClient, type: string, after?: string): Told[] {
  const told: Told[] = []
  void (async () => {
    const variables = { type, ...(after === undefined ? {} : { after }) }
    for await (const { events } of client.subscribe(EventStreamDocument, variables)) {
      told.push({
        type: events.type,
        cursor: events.cursor,
        slug: (events.payload as { slug?: unknown }).slug,
      })
    }
  })().catch(() => undefined)
  return told
}

let drawn = 0
const create = async (client: GraphClient): Promise<string> => {
  const slug = `made-${drawn++}`
  accepted(
    (await client.request(CreateOrganizationDocument, { input: { slug, name: slug } })).createOrganization,
  )
  return slug
}
const slugsOf = (told: Told[]): unknown[] => told.map((it) => it.slug)

/** Subscribes and proves that it stands. */
async function standing(client: GraphClient): Promise<Told[]> {
  const told = listen(client, 'organization.created')
  await eventually('the subscription stands', async () => {
    await create(here)
    return told.length > 0
  })
  return told
}

/** Writes an event in a transaction of its own that is held open. Resolves when it is written, with what commits it. */
async function heldOpen(slug: string, subjectId = newId()): Promise<() => Promise<void>> {
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  let written = (): void => undefined
  const isWritten = new Promise<void>((resolve) => (written = resolve))
  const done = inTransaction(first.app.database.prisma, async (tx) => {
    await record(tx, 'organization.created', { slug }, { subjectId, actorId: null, at: new Date() })
    written()
    await released
  })
  await isWritten
  return async () => {
    release()
    await done
    first.app.bus.ring()
  }
}

test('what is changed through one server is received through the other', async () => {
  const told = await standing(there)
  const slug = await create(here)
  await eventually('it is received', () => slugsOf(told).includes(slug))
})

test('an event that is committed late, with a lower number, is not lost', async () => {
  const told = await standing(there)
  const commit = await heldOpen('late')
  const after = await create(here)
  await eventually('the one behind it is received, the open transaction stalls nobody', () =>
    slugsOf(told).includes(after),
  )
  expect(slugsOf(told)).not.toContain('late')
  const cursor = told.find((it) => it.slug === after)!.cursor
  await commit()
  await eventually('the late one is received', () => slugsOf(told).includes('late'))
  const resumed = listen(there, 'organization.created', cursor)
  await eventually('who resumes from before its commit gets it too', () => slugsOf(resumed).includes('late'))
  expect(slugsOf(told).filter((slug) => slug === 'late')).toHaveLength(1)
})

test('an idle transaction that has written keeps nobody waiting', async () => {
  const client = await first.app.database.pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_current_xact_id()')
    const told = await standing(there)
    const slug = await create(here)
    await eventually('it is received all the same', () => slugsOf(told).includes(slug))
  } finally {
    await client.query('rollback')
    client.release()
  }
})

test('`after` goes on without gap or duplicate, whatever cursor it is taken from, also while events are written', async () => {
  const told = await standing(there)
  for (let index = 0; index < 10; index++) await create(index % 2 ? here : there)
  await eventually('all are received', () => slugsOf(told).includes(`made-${drawn - 1}`))
  const whole = slugsOf(told)
  for (const at of [0, 4, told.length - 1]) {
    const resumed = listen(at % 2 ? here : there, 'organization.created', told[at]!.cursor)
    const last = await create(here)
    whole.push(last)
    await eventually('the last is received', () => slugsOf(resumed).includes(last))
    expect(slugsOf(resumed)).toEqual(whole.slice(at + 1))
  }
})

test('`after` goes on inside an event that carries many samples', async () => {
  const installationId = accepted(await install(stage, await publishPlugin(stage, { id: 'measured' })))
    .installation!.id
  const follow = (after?: string) => {
    const told: { cursor: string; count: number }[] = []
    void (async () => {
      const variables = { installationId, ...(after === undefined ? {} : { after }) }
      for await (const { installationHealth } of stage.operator.subscribe(
        InstallationHealthDocument,
        variables,
      )) {
        told.push({ cursor: installationHealth.cursor, count: installationHealth.sample.errorCount })
      }
    })().catch(() => undefined)
    return told
  }
  const report = async (from: number, count: number) => {
    const samples = Array.from({ length: count }, (_, index) => ({
      installationId,
      errorCount: from + index,
    }))
    accepted((await stage.operator.request(RecordHealthDocument, { input: { samples } })).recordHealth)
  }
  const told = follow()
  await eventually('it stands', async () => {
    await report(0, 1)
    return told.length > 0
  })
  await report(1_000, 150)
  // What was seen of its onInstall is a sample too, and comes when it comes.
  const reported = (of: typeof told) => of.map((it) => it.count).filter((count) => count >= 1_000)
  await eventually('all are received', () => reported(told).includes(1_149))
  expect(reported(told)).toEqual(Array.from({ length: 150 }, (_, index) => 1_000 + index))
  for (const count of [1_000, 1_042, 1_099, 1_100, 1_148]) {
    const resumed = follow(told.find((it) => it.count === count)!.cursor)
    await eventually('the rest is received', () => reported(resumed).includes(1_149))
    expect(reported(resumed)).toEqual(Array.from({ length: 1_149 - count }, (_, index) => count + 1 + index))
  }
})

test('ending the connection that listens loses no event, and repeats none', async () => {
  const told = await standing(there)
  const before = told.length
  const made: string[] = []
  for (let round = 0; round < 3; round++) {
    await first.app.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'patchbay-bus' and datname = current_database()`,
    )
    for (let index = 0; index < 3; index++) made.push(await create(here))
  }
  await eventually('all are received', () => slugsOf(told).includes(made.at(-1)))
  expect(slugsOf(told.slice(before)).filter((slug) => made.includes(slug as string))).toEqual(made)
  await eventually('it listens again', () => second.app.bus.connected())
})

test('a cursor that is none is BAD_USER_INPUT', async () => {
  const forged = (t: string) =>
    Buffer.from(JSON.stringify({ v: 1, f: null, t, s: '1', i: -1 })).toString('base64url')
  for (const after of ['nonsense', forged('5:3:')]) {
    const stream = there.subscribe(EventStreamDocument, { type: 'organization.created', after })
    await expect(stream.next(), after).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  }
})

test('a ring that may take its time is sent with the next that may not', async () => {
  // Nobody else rings there.
  const quiet = await createEmptyDatabase()
  const bus = await openEventBus(quiet.url, createLog('error'))
  let heard = 0
  bus.onRing(() => (heard += 1))
  // Longer than this test may take.
  bus.ring(3_600_000)
  bus.ring()
  await eventually('it rings', () => heard > 0)
  await bus.close()
  await quiet.drop()
})
