import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  DispatchHookDocument,
  InstallationsMetricsDocument,
  OrganizationMetricsDocument,
  SystemMetricsDocument,
} from '../../../schema/generated/graphql.ts'
import { tellGauges } from '../../../src/features/invocations/gauges.ts'
import { writeMinutes } from '../../../src/features/invocations/write-minutes.ts'
import { newId } from '../../../src/lib/ids.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, rowId, run, type TestStage } from '../../support/stage.ts'

const PLUGINS = 3

let server: TestServer
let stage: TestStage
let other: TestStage
const ids: string[] = []
const statements: string[] = []
beforeAll(async () => {
  server = await startTestServer({ worker: false, env: { PATCHBAY_HEALTH_FLUSH_SECONDS: '10' } })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
  for (let number = 0; number < PLUGINS; number++) ids.push(await installed(stage, `metered-${number}`))
  const { pool } = server.app.database
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>
  pool.query = ((...args: unknown[]) => {
    const [given] = args as [string | { text?: string }]
    statements.push(typeof given === 'string' ? given : (given.text ?? ''))
    return query(...args)
  }) as unknown as typeof pool.query
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
})

const HOOK = `import { definePlugin } from 'patchbay'
export default definePlugin({ jobs: { nightly() {}, asked() {} }, hooks: { 'build.before'(ctx, { fail }) { if (fail) throw new Error('broken') } } })`

async function installed(at: TestStage, id: string): Promise<string> {
  const jobs = [{ name: 'nightly', schedule: '0 2 * * *' }, { name: 'asked' }]
  return await run(at, { id, hooks: ['build.before'], jobs }, HOOK)
}

async function call(at: TestStage, fail: boolean): Promise<void> {
  const input = { siteId: at.siteIds[0]!, hook: 'build.before', payload: { fail } }
  await at.operator.request(DispatchHookDocument, { input })
}

async function organizationMetrics(by: TestStage, slug = 'acme') {
  const { organization } = await by.operator.request(OrganizationMetricsDocument, { slug })
  return organization?.metrics
}

test('what ran in the last hour is told of an installation, of an organization and of all', async () => {
  for (const fail of [false, false, true]) await call(stage, fail)
  await writeMinutes(server.app)
  const { installations } = await stage.operator.request(InstallationsMetricsDocument, {})
  for (const { metrics } of installations.nodes) {
    expect(metrics.errors).toBe(1)
    expect(metrics.timeouts).toBe(0)
    expect(metrics.invocations).toBeGreaterThanOrEqual(3)
    expect(metrics.p50Ms).toBeGreaterThan(0)
    expect(metrics.p99Ms).toBeGreaterThanOrEqual(metrics.p50Ms!)
    expect(metrics.liveIsolates).toBeLessThanOrEqual(1)
  }
  const all = installations.nodes.reduce((sum, { metrics }) => sum + metrics.invocations, 0)
  expect(await organizationMetrics(stage)).toMatchObject({ invocations: all, errors: PLUGINS })
  const ofAll = (await stage.admin.request(SystemMetricsDocument, {})).systemStatus
  expect(ofAll).toMatchObject({
    httpAllowlist: true,
    jobsScheduled: PLUGINS,
    metrics: { invocations: all, errors: PLUGINS },
  })
  expect(ofAll.metrics.runtimeProcesses).toBe(server.app.runtime.status().processes.total)
  expect(ofAll.metrics.liveIsolates).toBe(server.app.runtime.status().liveIsolates)
})

test('others neither see it nor is it counted for them', async () => {
  expect(await organizationMetrics(other)).toBeUndefined()
  const { systemStatus } = await other.operator.request(SystemMetricsDocument, {})
  expect(systemStatus.jobsScheduled).toBe(0)
  expect(systemStatus.metrics).toMatchObject({
    invocations: 0,
    p50Ms: null,
    p99Ms: null,
    liveIsolates: 0,
    runtimeProcesses: 0,
  })
})

test('the metrics of a list of installations are four statements', async () => {
  statements.splice(0)
  await stage.operator.request(InstallationsMetricsDocument, { first: PLUGINS })
  expect(statements.filter((text) => text.includes('invocation_minute'))).toHaveLength(2)
  expect(statements.filter((text) => text.includes('webhook_delivery'))).toHaveLength(1)
  expect(statements.filter((text) => text.includes('service_process'))).toHaveLength(1)
})

test('what other processes hold is added to what this one holds', async () => {
  const { operator, organizationId } = stage
  const before = (await organizationMetrics(stage))!
  const gauges = {
    all: { liveIsolates: 7, runtimeProcesses: 5, subscribers: 4 },
    organizations: { [rowId(organizationId)]: [3, 2, 1] },
    installations: { [rowId(ids[0]!)]: [2, 1, 1] },
  }
  const told = `insert into service_process (id, role, queue_workers, started_at, beat_at, gauges)
    values ($1, 'api', '{}', now(), now(), $2)`
  await server.owner.query(told, [newId(), JSON.stringify(gauges)])
  // What another version tells, which this one does not know.
  await server.owner.query(told, [newId(), '{"isolates": 9}'])
  expect(await organizationMetrics(stage)).toMatchObject({
    liveIsolates: before.liveIsolates + 3,
    runtimeProcesses: before.runtimeProcesses + 2,
    subscribers: before.subscribers + 1,
  })
  const { installations } = await operator.request(InstallationsMetricsDocument, {})
  const followed = installations.nodes.filter(({ metrics }) => metrics.subscribers > 0)
  expect(followed.map(({ id }) => id)).toEqual([ids[0]])
  await tellGauges(server.app)
  const { rows } = await server.owner.query<{ gauges: { all: { runtimeProcesses: number } } }>(
    'select gauges from service_process where id = $1',
    [server.app.processId],
  )
  expect(rows[0]!.gauges.all.runtimeProcesses).toBe(server.app.runtime.status().processes.total)
})

test('deliveries of webhooks are counted where they belong, failed ones twice', async () => {
  const [organization, installation] = [rowId(stage.organizationId), rowId(ids[1]!)]
  const webhook = newId()
  await server.owner.query(
    `insert into webhook (id, organization_id, plugin_id, site_id, installation_id, name, source, definition, events, created_at, updated_at)
     select $1, organization_id, plugin_id, site_id, id, 'hook', '', '{}', '{}', now(), now() from installation where id = $2`,
    [webhook, installation],
  )
  for (const status of ['DELIVERED', 'PENDING', 'FAILED', 'DEAD']) {
    await server.owner.query(
      `insert into webhook_delivery (id, organization_id, webhook_id, event_id, status, created_at)
       values ($1, $2, $3, $4, $5::text::"DeliveryStatus", now())`,
      [newId(), organization, webhook, newId(), status],
    )
  }
  const sent = { webhookDeliveries: 4, webhookFailures: 2 }
  const { installations } = await stage.operator.request(InstallationsMetricsDocument, {})
  const byId = new Map(installations.nodes.map(({ id, metrics }) => [id, metrics]))
  expect(byId.get(ids[1]!)).toMatchObject(sent)
  expect(byId.get(ids[0]!)).toMatchObject({ webhookDeliveries: 0, webhookFailures: 0 })
  expect(await organizationMetrics(stage)).toMatchObject(sent)
  expect((await stage.admin.request(SystemMetricsDocument, {})).systemStatus.metrics).toMatchObject(sent)
  expect((await other.operator.request(SystemMetricsDocument, {})).systemStatus.metrics).toMatchObject({
    webhookDeliveries: 0,
  })
})

test('an hour later nothing of it counts any more', async () => {
  await server.owner.query(`update invocation_minute set minute = minute - interval '1 hour'`)
  expect(await organizationMetrics(stage)).toMatchObject({ invocations: 0, errors: 0, p99Ms: null })
})
