import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  DispatchHookDocument,
  InvocationFinishedDocument,
  UpgradeInstallationDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { drawApiKey } from '../../../src/auth/api-key.ts'
import { endLost } from '../../../src/features/invocations/end-lost.ts'
import { firstIdAt, newId } from '../../../src/lib/ids.ts'
import { minutes } from '../../../src/lib/units.ts'
import { eventually } from '../../support/http.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, publishPlugin, refusalOf, rowId, run, type TestStage } from '../../support/stage.ts'

let database: TestDatabase
/** Two processes on one database: plugins run in the first one. */
let first: TestServer
let second: TestServer
let there: GraphClient
let stage: TestStage
let other: TestStage
let installationId: string
beforeAll(async () => {
  database = await createTestDatabase()
  const common = { databaseUrl: database.url, adminKey: drawApiKey().secret, worker: false }
  first = await startTestServer(common)
  const { main } = first.app.config.storage
  second = await startTestServer({ ...common, storageDirectory: main.kind === 'file' ? main.directory : '' })
  stage = await openStage(first)
  other = await openStage(first, 'globex')
  there = graphClient(second.url, second.adminKey)
  installationId = await run(stage, { id: 'followed', hooks: ['build.before'] }, HOOK)
})
afterAll(async () => {
  await Promise.all([there.close(), stage.close(), other.close()])
  await Promise.all([first.close(), second.close()])
  await database.drop()
})

const HOOK = `import { definePlugin } from 'patchbay'
export default definePlugin({ hooks: { 'build.before'(ctx, { number }) { ctx.log.info('number ' + number) } } })`

interface Told {
  id: string
  cursor: string
  says: string | undefined
}

/** What is told as it comes, until `end`. */
function follow(client: GraphClient, after?: string): Told[] {
  const told: Told[] = []
  void (async () => {
    const variables = { installationId, ...(after === undefined ? {} : { after }) }
    for await (const { invocationFinished } of client.subscribe(InvocationFinishedDocument, variables)) {
      const { cursor, invocation } = invocationFinished
      told.push({ id: invocation.id, cursor, says: invocation.logs[0]?.message })
    }
  })().catch(() => undefined)
  return told
}

async function call(number: number): Promise<void> {
  const input = { siteId: stage.siteIds[0]!, hook: 'build.before', payload: { number } }
  await stage.operator.request(DispatchHookDocument, { input })
}

const saidBy = (told: readonly Told[]): (string | undefined)[] => told.map(({ says }) => says)

test('each run is told once, in both processes, and a reader who comes again loses none', async () => {
  const [here, elsewhere] = [follow(stage.operator), follow(there)]
  await eventually('both stand', async () => {
    await call(0)
    return here.length > 0 && elsewhere.length > 0
  })
  const [seenHere, seenThere] = [here.length, elsewhere.length]
  for (let number = 1; number <= 20; number++) await call(number)
  const numbers = Array.from({ length: 20 }, (_, index) => `number ${index + 1}`)
  await eventually(
    'all is told',
    () => saidBy(elsewhere).includes('number 20') && here.length >= seenHere + 20,
  )
  expect(saidBy(elsewhere).slice(-20)).toEqual(numbers)
  expect(saidBy(here).slice(-20)).toEqual(numbers)
  expect(new Set(elsewhere.map(({ id }) => id)).size).toBe(elsewhere.length)
  expect(seenThere).toBeGreaterThan(0)
  const fifth = elsewhere.find(({ says }) => says === 'number 5')!
  const again = follow(there, fifth.cursor)
  await eventually('the rest is told', () => again.length >= 15)
  expect(saidBy(again)).toEqual(numbers.slice(5))
  await call(21)
  await eventually('and what comes then', () => saidBy(again).at(-1) === 'number 21')
})

test('a finish that is committed late is told, after those that were committed before it', async () => {
  const told = follow(there)
  await eventually('it stands', async () => {
    await call(100)
    return told.length > 0
  })
  const late = newId()
  const { organizationId, siteIds } = stage
  await first.owner.query(
    `insert into invocation (id, organization_id, site_id, installation_id, kind, name, status)
     values ($1, $2, $3, $4, 'JOB', 'late', 'RUNNING')`,
    [late, rowId(organizationId), rowId(siteIds[0]!), rowId(installationId)],
  )
  const client = await first.owner.connect()
  await client.query('begin')
  await client.query(
    `update invocation set status = 'FINISHED', outcome = 'CRASHED', finished_at = now() where id = $1`,
    [late],
  )
  await call(101)
  await eventually('the other is told', () => saidBy(told).includes('number 101'))
  expect(told.map(({ id }) => rowId(id))).not.toContain(late)
  await client.query('commit')
  client.release()
  await eventually('it is told', () => rowId(told.at(-1)!.id) === late)
  await call(102)
  await eventually('what follows is told', () => saidBy(told).includes('number 102'))
  expect(told.filter(({ id }) => rowId(id) === late)).toHaveLength(1)
})

test('runs whose end was lost are ended as crashed and told, once, though two processes look at once', async () => {
  const told = follow(there)
  await eventually('it stands', async () => {
    await call(150)
    return told.length > 0
  })
  const { clock, processId } = first.app
  const insert = async (kind: string, id: string, minutesAgo: number): Promise<string> => {
    await first.owner.query(
      `insert into invocation (id, organization_id, site_id, installation_id, kind, name, status, process_id, started_at)
       select $1, organization_id, site_id, id, $2, 'lost', 'RUNNING', $3, $4 from installation where id = $5`,
      [id, kind, processId, new Date(clock.now().getTime() - minutes(minutesAgo)), rowId(installationId)],
    )
    return id
  }
  const idAgo = (minutesAgo: number): string =>
    firstIdAt(new Date(clock.now().getTime() - minutes(minutesAgo)))
  // One of many in an hour; one of a job that waited for months in the queue.
  const lost = [await insert('EVENT', idAgo(200), 200), await insert('JOB', firstIdAt(new Date(0)), 90)]
  const alive = [await insert('JOB', newId(), 50), await insert('HOOK', idAgo(59), 59)]

  let ended = 0
  for (let looks = 0; looks < 25; looks++) {
    const both = await Promise.all([endLost(first.app), endLost(second.app)])
    ended += both[0] + both[1]
  }

  expect(ended).toBe(2)
  await eventually('they are told', () => lost.every((id) => told.some((it) => rowId(it.id) === id)))
  expect(told.map(({ id }) => rowId(id)).filter((id) => [...lost, ...alive].includes(id))).toHaveLength(2)
  const { rows } = await first.owner.query(
    `select sum(crashed)::int as crashed from invocation_minute where installation_id = $1`,
    [rowId(installationId)],
  )
  expect(rows).toEqual([{ crashed: 2 }])
  const rowsOfLost = await first.app.database.prisma.invocation.findMany({ where: { id: { in: lost } } })
  expect(rowsOfLost.map(({ outcome, error }) => [outcome, error?.slice(0, 20)])).toEqual(
    lost.map(() => ['CRASHED', 'Its end is not known']),
  )
  await first.owner.query('delete from invocation where id = any ($1)', [alive])
})

test('the installation that replaces it is followed too', async () => {
  const told = follow(there)
  await eventually('it stands', async () => {
    await call(200)
    return told.length > 0
  })
  const packageId = await publishPlugin(
    stage,
    { id: 'followed', version: '9.0.0', hooks: ['build.before'] },
    HOOK,
  )
  const input = { installationId, packageId }
  accepted((await stage.operator.request(UpgradeInstallationDocument, { input })).upgradeInstallation)
  await call(201)
  await eventually('it is told', () => saidBy(told).includes('number 201'))
})

test('others may not follow it, and what is no cursor is refused', async () => {
  const listen = async (client: GraphClient, after?: string): Promise<void> => {
    const variables = { installationId, ...(after === undefined ? {} : { after }) }
    await client.subscribe(InvocationFinishedDocument, variables).next()
  }
  expect(await refusalOf(listen(other.operator))).toMatchObject({ code: 'NOT_FOUND' })
  const nonsense = Buffer.from('{"v":1,"f":"9:1:","t":"3:3:","x":"1","i":"no"}').toString('base64url')
  const backwards = Buffer.from(JSON.stringify({ v: 1, f: '9:1:', t: '3:3:', x: '1', i: newId() })).toString(
    'base64url',
  )
  for (const after of ['bm9uc2Vuc2U', nonsense, backwards]) {
    expect(await refusalOf(listen(stage.operator, after))).toMatchObject({ code: 'BAD_USER_INPUT' })
  }
})
