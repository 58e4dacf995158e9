import { createClient as createSseClient } from 'graphql-sse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ApplyFilterDocument,
  CreateDeploymentDocument,
  DeploymentProgressDocument,
  DispatchHookDocument,
  EmitEventDocument,
  InstallationHealthDocument,
  InvocationsDocument,
  RecordHealthDocument,
  RunJobDocument,
  SetSecretDocument,
  type InstallationHealthSubscription,
  type InvocationsQuery,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { exampleConfiguration, listExamples } from '../../scripts/lib/example-packages.ts'
import { installAll, publish, publishAll } from '../../scripts/lib/story.ts'
import { hours } from '../../src/lib/units.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { ask, eventually, send } from '../support/http.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStage, type TestStage } from '../support/stage.ts'

const clock = new FakeClock(new Date())
let server: TestServer
let stage: TestStage
let packages: Map<string, string>
let installations: Map<string, string>
const told: string[] = []
beforeAll(async () => {
  server = await startTestServer({ clock })
  stage = await openStage(server)
})
afterAll(async () => {
  await stage.close()
  await server.close()
})

const tell = (step: string, outcome: string): void => void told.push(`${step}: ${outcome}`)

async function invocationsOf(slug: string): Promise<InvocationsQuery['invocations']['nodes']> {
  const { invocations } = await stage.operator.request(InvocationsDocument, {
    installationId: installations.get(slug)!,
  })
  return invocations.nodes
}

test('every example is submitted, reviewed and approved, with a report of the checks', async () => {
  packages = await publishAll(stage, tell)
  expect([...packages.keys()]).toEqual(await listExamples())
  for (const id of packages.keys()) {
    expect(told.find((line) => line.startsWith(`submit ${id} `))).toMatch(/ [1-9]\d* checks, /)
    expect(told.find((line) => line.startsWith(`approve ${id} `))).toMatch(/ APPROVED$/)
  }
})

test('each is installed with what it needs, gets its secrets, and runs', async () => {
  installations = await installAll(stage, stage.siteIds[0]!, packages, tell)
  expect([...installations.keys()].sort()).toEqual(await listExamples())
  expect(told).toContain(
    'install supplier-risk-analyzer: supplier-db 2.1.0, then supplier-risk-analyzer 1.0.0',
  )
  expect(told.filter((line) => /^activate .*: ACTIVE$/.test(line))).toHaveLength(installations.size)
})

test("an event of the host runs the plugin's handler, with its logs", async () => {
  const input = {
    type: 'auth.user.created',
    siteId: stage.siteIds[0]!,
    payload: { id: 'user-1', email: 'ada@example.com', name: 'Ada' },
  }
  expect(accepted((await stage.operator.request(EmitEventDocument, { input })).emitEvent).subscribers).toBe(1)
  await eventually('the handler has run', async () =>
    (await invocationsOf('welcome-email')).some((it) => it.kind === 'EVENT' && it.status === 'FINISHED'),
  )
  const run = (await invocationsOf('welcome-email')).find((it) => it.kind === 'EVENT')!
  expect(run).toMatchObject({ name: 'auth.user.created', outcome: 'OK', error: null })
  expect(run.durationMs).toBeGreaterThan(0)
  expect(run.startedAt).not.toBeNull()
  expect(run.finishedAt).not.toBeNull()
  expect(run.logs.length).toBeGreaterThan(0)
})

test('a hook aborts with its reason', async () => {
  const input = {
    siteId: stage.siteIds[0]!,
    hook: 'service_provision',
    payload: { id: 'cust-1042', router: 'pop-west', plan: 'home-50' },
  }
  const { dispatchHook } = await stage.operator.request(DispatchHookDocument, { input })
  expect(accepted(dispatchHook)).toMatchObject({ aborted: true, abortedBy: { slug: 'mikrotik' } })
  expect(dispatchHook.abortReason).toMatch(/pop-west/)
})

test('a filter changes the value', async () => {
  const value = { system: 'Be brief.', prompt: 'Write to ada@example.com.' }
  const input = { siteId: stage.siteIds[0]!, filter: 'llm.prompt', value }
  const { applyFilter } = await stage.operator.request(ApplyFilterDocument, { input })
  const { prompt } = accepted(applyFilter).value as { prompt: string }
  expect(prompt).toMatch(/^Write to /)
  expect(prompt).not.toContain('ada@example.com')
})

test('a route answers at the site that is named by header or query, by id or slugs; without one it is 400', async () => {
  const route = `${server.url}/ext/supplier-risk-analyzer/suppliers/cobalt-trading/risk?on=2026-10-31`
  const authorization = `Bearer ${stage.operatorKey}`
  const bySlugs = await send(route, { headers: { authorization, 'x-patchbay-site': 'acme/north' } })
  expect(bySlugs.status).toBe(200)
  expect(bySlugs.text).toContain('cobalt-trading')
  const id = encodeURIComponent(stage.siteIds[0]!)
  const others = [
    await send(route, { headers: { authorization, 'x-patchbay-site': stage.siteIds[0]! } }),
    await send(`${route}&site=${id}`, { headers: { authorization } }),
    await send(`${route}&site=acme/north`, { headers: { authorization } }),
  ]
  for (const other of others) expect(other).toMatchObject({ status: 200, text: bySlugs.text })
  const unnamed = await send(route, { headers: { authorization } })
  expect(unnamed.status).toBe(400)
  expect(unnamed.text).toContain('X-Patchbay-Site')
  expect((await send(`${route}&site=acme/nowhere`, { headers: { authorization } })).status).toBe(404)
})

test('a job runs when asked, and when its time has come', async () => {
  const input = {
    installationId: installations.get('daily-kpi')!,
    job: 'daily-kpi',
    payload: { date: '2026-10-31' },
  }
  const { runJob } = await stage.operator.request(RunJobDocument, { input })
  expect(accepted(runJob).invocation).toMatchObject({ status: 'FINISHED', outcome: 'OK' })
  expect(runJob.invocation!.logs.length).toBeGreaterThan(0)
  // Its cron is 02:00 UTC, which every day passes once.
  clock.advance(hours(24))
  const jobs = async () => (await invocationsOf('daily-kpi')).filter((it) => it.kind === 'JOB')
  await eventually(
    'the job has run by its cron',
    async () => (await jobs()).length === 2 && (await jobs()).every((it) => it.status === 'FINISHED'),
  )
  expect(await jobs()).toEqual([
    expect.objectContaining({ name: 'daily-kpi', outcome: 'OK' }),
    expect.objectContaining({ name: 'daily-kpi', outcome: 'OK' }),
  ])
})

test('health is recorded by the runtime itself and from outside, and is live over WebSocket and over SSE', async () => {
  const installationId = installations.get('daily-kpi')!
  const overSocket: InstallationHealthSubscription['installationHealth'][] = []
  const overSse: InstallationHealthSubscription['installationHealth'][] = []
  const socket = stage.operator.subscribe(InstallationHealthDocument, { installationId })
  void (async () => {
    for await (const { installationHealth } of socket) overSocket.push(installationHealth)
  })()
  const sse = createSseClient({
    url: `${server.url}/graphql`,
    headers: { authorization: `Bearer ${stage.operatorKey}` },
    retryAttempts: 0,
  })
  sse.subscribe<InstallationHealthSubscription>(
    { query: String(InstallationHealthDocument), variables: { installationId } },
    {
      next: ({ data }) => data && overSse.push(data.installationHealth),
      error: (error) => {
        throw error
      },
      complete: () => undefined,
    },
  )
  // Until both listen: what is recorded before a subscription stands is history.
  const report = { samples: [{ installationId, status: 'DEGRADED' as const, errorCount: 3, cpuUsage: 12.5 }] }
  await eventually('both deliver what was reported', async () => {
    accepted((await stage.operator.request(RecordHealthDocument, { input: report })).recordHealth)
    return overSocket.length > 0 && overSse.length > 0
  })
  expect(overSocket[0]!.sample).toMatchObject({ status: 'DEGRADED', errorCount: 3, cpuUsage: 12.5 })
  const input = { installationId, job: 'daily-kpi', payload: { date: '2026-10-31' } }
  accepted((await stage.operator.request(RunJobDocument, { input })).runJob)
  const own = (it: { sample: { invocations: number } }): boolean => it.sample.invocations > 0
  await eventually('both deliver what the runtime saw', () => overSocket.some(own) && overSse.some(own))
  const { sample, installation } = overSocket.find(own)!
  expect(installation.plugin.slug).toBe('daily-kpi')
  expect(sample).toMatchObject({ status: 'HEALTHY', errorCount: 0 })
  expect(sample.avgExecutionTime).toBeGreaterThan(0)
  expect(sample.memoryUsage).toBeGreaterThan(0)
  expect(sample.cpuUsage).toBeGreaterThan(0)
  expect(overSse.find(own)!.sample).toEqual(sample)
  sse.dispose()
})

test('a deployment takes a second version to all sites, tells each step, and ends by itself', async () => {
  const second = await publish(stage, 'welcome-email', tell, '1.1.0')
  const plugin = await ask(server, '{ plugin(slug: "welcome-email") { id } }', { key: stage.operatorKey })
  const pluginId = (plugin.json!.data!['plugin'] as { id: string }).id
  const secret = {
    organizationId: stage.organizationId,
    pluginId,
    key: 'LINK_SIGNING_KEY',
    value: 'of-the-organization',
  }
  accepted((await stage.operator.request(SetSecretDocument, { input: secret })).setSecret)
  const input = {
    type: 'INSTALL' as const,
    packageId: second,
    siteIds: stage.siteIds,
    configuration: await exampleConfiguration('welcome-email'),
  }
  const { createDeployment } = await stage.operator.request(CreateDeploymentDocument, { input })
  const deploymentId = accepted(createDeployment).deployment!.id
  const steps: string[] = []
  let last: { deployment: { status: string; progress: unknown } } | null = null
  for await (const { deploymentProgress } of stage.operator.subscribe(DeploymentProgressDocument, {
    deploymentId,
  })) {
    const { target } = deploymentProgress
    steps.push(target === null ? 'deployment' : target.site.slug)
    last = deploymentProgress
  }
  expect(steps[0]).toBe('deployment')
  expect(last!.deployment).toMatchObject({
    status: 'COMPLETED',
    progress: { total: 3, succeeded: 3, pending: 0, running: 0, failed: 0, skipped: 0, fraction: 1 },
  })
  const old = await ask(
    server,
    'query ($id: ID!) { node(id: $id) { ... on Installation { status version supersededBy { status version supersedes { id } } } } }',
    { key: stage.operatorKey, variables: { id: installations.get('welcome-email') } },
  )
  expect(old.json!.data!['node']).toEqual({
    status: 'INACTIVE',
    version: '1.0.0',
    supersededBy: {
      status: 'ACTIVE',
      version: '1.1.0',
      supersedes: { id: installations.get('welcome-email') },
    },
  })
  const again = stage.operator.subscribe(DeploymentProgressDocument, { deploymentId })
  const afterwards: string[] = []
  for await (const { deploymentProgress } of again) afterwards.push(deploymentProgress.deployment.status)
  expect(afterwards, 'who comes late gets the present state and the end').toEqual(['COMPLETED'])
})
