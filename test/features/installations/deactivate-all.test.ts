import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  DeactivateAllDocument,
  DispatchHookDocument,
  RunJobDocument,
  type DeactivateAllInput,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../../scripts/lib/graph-client.ts'
import { holding, NO_CALLS } from '../../support/interleave.ts'
import { deactivate, hooksOf, rowsOf, startTwin, uninstall } from '../../support/life.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import {
  activate,
  codesOf,
  install,
  openStage,
  publishPlugin,
  refusalOf,
  rowId,
  run,
  type TestStage,
} from '../../support/stage.ts'

/** What is promised between the call and the end of all code, in every process. */
const STOPPED = { timeout: 5_000, interval: 20 }
const BEGUN = { timeout: 20_000, interval: 50 }
/** Nothing of it ends by itself while the test runs. */
const env = { PLUGIN_JOB_TIMEOUT_SECONDS: '120', PLUGIN_TIMEOUT_SECONDS: '120', PLUGIN_PROCESSES: '6' }
const HANGING = `const hang = () => { for (;;) {} }
export default {
  hooks: { order_check: hang }, jobs: { spin: () => new Promise(() => {}) },
  onDeactivate: hang, onUninstall: hang,
}
`

let server: TestServer
let second: TestServer
let here: TestStage
let there: TestStage
let other: TestStage
beforeAll(async () => {
  server = await startTestServer({ worker: false, env })
  second = await startTwin(server, env)
  here = await openStage(server)
  there = { ...here, operator: graphClient(second.url, here.operatorKey) }
  other = await openStage(server, 'globex')
})
afterAll(async () => {
  await Promise.all([here.close(), other.close(), there.operator.close()])
  await second.close()
  await server.close()
})

async function deactivateAll(client: GraphClient, input: DeactivateAllInput) {
  return (await client.request(DeactivateAllDocument, { input })).deactivateAll
}

async function running(): Promise<number> {
  const { rows } = await server.app.database.pool.query<{ n: number }>(
    `select count(*)::int as n from invocation where status = 'RUNNING'`,
  )
  return rows[0]!.n
}

test('all that runs in an organization is stopped at two servers, though it hangs; others go on', async () => {
  const declared = { hooks: ['order_check'], jobs: [{ name: 'spin', timeoutSeconds: 120 }] }
  const hanging = await run(here, { id: 'hanging', ...declared }, HANGING)
  const elsewhere = await run(other, { id: 'unhurt' }, 'export default {}')
  const stubborn = await publishPlugin(
    here,
    { id: 'stubborn' },
    'export default { onInstall() {}, onActivate() { for (;;) {} }, onUninstall() { for (;;) {} } }',
  )
  const idle = accepted(await install(here, stubborn)).installation!.id
  const halfWay = await publishPlugin(here, { id: 'half-way', dependencies: { stubborn: '*' } })

  const job = { installationId: hanging, job: 'spin', payload: null, wait: true }
  const hook = { siteId: here.siteIds[0]!, hook: 'order_check', payload: {} }
  const calls = [
    here.operator.request(RunJobDocument, { input: job }),
    there.operator.request(DispatchHookDocument, { input: hook }),
  ]
  const activation = activate(there, idle)
  const installation = install(here, halfWay, { siteId: here.siteIds[1]!, activate: true })
  await vi.waitUntil(async () => (await running()) === 4, BEGUN)

  const answer = accepted(
    await deactivateAll(here.admin, { organizationId: here.organizationId, reason: 'It burns.' }),
  )
  expect(answer.deactivated).toBe(1)
  await vi.waitUntil(async () => (await running()) === 0, STOPPED)
  await Promise.all(calls)
  for (const broken of await Promise.all([activation, installation])) {
    expect(codesOf(broken)).toEqual(['SANDBOX_ERROR'])
    expect(broken.userErrors[0]!.message).toMatch(/It burns|the emergency switch/)
  }

  const statuses = async (slug: string) => (await rowsOf(server, slug)).map((row) => row.status)
  expect(await statuses('hanging')).toEqual(['INACTIVE'])
  expect(await statuses('unhurt')).toEqual(['ACTIVE'])
  expect(await statuses('stubborn')).toEqual(['INSTALLED', 'UNINSTALLED'])
  expect(await statuses('half-way')).toEqual(['UNINSTALLED'])
  for (const slug of ['hanging', 'stubborn', 'half-way'])
    for (const row of await rowsOf(server, slug)) expect(row.operation).toBeNull()
  expect((await hooksOf(server, 'hanging', 'stubborn')).filter((it) => /onDe|onUn/.test(it))).toEqual([])
  expect(await rowsOf(server, 'unhurt')).toMatchObject([{ id: rowId(elsewhere) }])
  const { rows } = await server.app.database.pool.query(
    `select action, details->>'reason' as reason from audit_entry where details->>'reason' = 'It burns.' order by 1`,
  )
  expect(rows).toMatchObject([{ action: 'plugin.all_disabled' }, { action: 'plugin.disabled' }])
  expect(
    accepted((await there.operator.request(DispatchHookDocument, { input: hook })).dispatchHook),
  ).toMatchObject({
    results: [],
  })
})

test('what still runs of an installation that is deactivated is ended at both servers, though it has time; hooks of its life are not', async () => {
  const code = `const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    export default {
      hooks: { order_check: () => pause(60_000) }, jobs: { spin: () => pause(60_000) },
      onUninstall: () => pause(2_000),
    }`
  const declared = { hooks: ['order_check'], jobs: [{ name: 'spin', timeoutSeconds: 120 }] }
  const id = await run(here, { id: 'lasting', ...declared }, code)
  const begin = async () => {
    const hook = { siteId: here.siteIds[0]!, hook: 'order_check', payload: {} }
    const job = { installationId: id, job: 'spin', payload: null, wait: true }
    const calls = [
      there.operator.request(DispatchHookDocument, { input: hook }),
      here.operator.request(RunJobDocument, { input: job }),
    ]
    await vi.waitUntil(async () => (await running()) === 2, BEGUN)
    return calls
  }
  const calls = await begin()
  accepted(await deactivate(there, id))
  await vi.waitUntil(async () => (await running()) === 0, STOPPED)
  await Promise.all(calls)

  accepted(await activate(here, id))
  const more = await begin()
  expect(accepted(await uninstall(here, id)).installation).toMatchObject({
    status: 'UNINSTALLED',
    failure: null,
  })
  await Promise.all(more)
  expect((await hooksOf(server, 'lasting')).at(-1)).toBe('lasting onUninstall OK')
})

test('what is begun at another server while the switch is being thrown is broken off as well, and never comes to run', async () => {
  const lasting = await run(here, { id: 'lasting-first' }, 'export default {}')
  const idle = accepted(await install(here, await publishPlugin(here, { id: 'late' }))).installation!.id
  const fresh = await publishPlugin(here, { id: 'fresh' })
  const count = async (sql: string) => (await server.owner.query(sql)).rowCount ?? 0

  const letCall = await holding(server, NO_CALLS.lock)
  const letStop = await holding(
    server,
    `select 1 from installation where id = '${rowId(lasting)}' for update`,
  )
  const stopping = deactivateAll(here.operator, { siteId: here.siteIds[0]!, reason: 'It floods.' })
  const thrown = `select 1 from event where type = 'plugin.all_disabled' and payload->>'reason' = 'It floods.'`
  await vi.waitUntil(async () => (await count(thrown)) === 1, BEGUN)
  const begun = [activate(there, idle), install(there, fresh, { activate: true })]
  const claimed = `select 1 from installation where operation in ('activate', 'install')`
  await vi.waitUntil(async () => (await count(claimed)) === 2, BEGUN)
  await letStop()
  expect(accepted(await stopping).deactivated).toBe(1)
  await letCall()

  for (const broken of await Promise.all(begun)) expect(codesOf(broken)).toEqual(['SANDBOX_ERROR'])
  const statuses = async (slug: string) => (await rowsOf(server, slug)).map((row) => row.status)
  expect(await statuses('late')).toEqual(['INSTALLED'])
  expect(await statuses('fresh')).toEqual(['UNINSTALLED'])
  expect(await statuses('lasting-first')).toEqual(['INACTIVE'])
  expect(await count(thrown)).toBe(2)
})

test('of a site, of the platform; and it can be called when nothing runs', async () => {
  const packageId = await publishPlugin(here, { id: 'spread' })
  const [north, south] = here.siteIds as [string, string]
  for (const siteId of [north, south]) accepted(await install(here, packageId, { siteId, activate: true }))
  const reason = 'For the test.'
  expect(accepted(await deactivateAll(here.operator, { siteId: south, reason })).deactivated).toBe(1)
  expect(accepted(await deactivateAll(here.operator, { siteId: south, reason })).deactivated).toBe(0)
  // North, and the other organization's.
  expect(accepted(await deactivateAll(here.admin, { reason })).deactivated).toBe(2)
})

test('its reason is asked for, and who may use it', async () => {
  const site = { siteId: here.siteIds[0]! }
  for (const reason of ['', '  ', 'a\0b', 'x'.repeat(10_001)])
    expect(codesOf(await deactivateAll(here.admin, { ...site, reason }))).toEqual(['INVALID_INPUT'])
  const reason = 'For the test.'
  const both = { ...site, organizationId: here.organizationId, reason }
  expect(await refusalOf(deactivateAll(here.admin, both))).toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(await refusalOf(deactivateAll(here.operator, { reason }))).toMatchObject({ code: 'FORBIDDEN' })
  for (const scope of [site, { organizationId: here.organizationId }])
    expect(await refusalOf(deactivateAll(other.operator, { ...scope, reason }))).toMatchObject({
      code: 'NOT_FOUND',
    })
  const nobody = Buffer.from('Organization:01900000-0000-7000-8000-000000000000').toString('base64')
  expect(await refusalOf(deactivateAll(here.admin, { organizationId: nobody, reason }))).toMatchObject({
    code: 'NOT_FOUND',
  })
})
