import { Client } from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  CreateDeploymentDocument,
  DeploymentProgressDocument,
  EmitEventDocument,
  EventsDocument,
  EventStreamDocument,
  InvocationsDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import type { GraphClient } from '../../scripts/lib/graph-client.ts'
import { openReceiver } from '../features/webhooks/support/receiver.ts'
import { clientOf, openCluster } from './support/cluster.ts'
import { nothingLeft, TEN_SECONDS } from './support/launched-service.ts'
import { publishSlowPlugin, runAtSite } from './support/slow-plugin.ts'
import { openSlowWebhook } from './support/slow-webhook.ts'
import { makeOrganization, makeSitesOf } from './support/stage.ts'

const SITES = ['north', 'south', 'west', 'east', 'centre']
/** Long enough that the kill comes amid the activations. */
const ACTIVATE_MS = 1500
/** Half of them before the kill. */
const WEBHOOKS = 40
/** Three missed beats of 3 s until the dead worker's jobs are given back, and then some. */
const FINISHED = { timeout: 40_000, interval: 100 }

test('two apis and a worker on one database: changed through one, heard through the other, carried out by the third; and where a worker is killed amid a deployment and amid requests, another finishes the one and sends every webhook under one webhook-id', async () => {
  const receiver = await openReceiver()
  onTestFinished(() => receiver.close())
  const { start, key, databaseUrl } = await openCluster({ PATCHBAY_EGRESS_ALLOW: receiver.host })
  // All at once on an empty database: one of them migrates, the others wait.
  const [first, second, worker] = await Promise.all([start('api'), start('api'), start('worker')])
  const [here, there] = await Promise.all([clientOf(first, key), clientOf(second, key), worker.greeting()])
  const organizationId = await makeOrganization(here)
  const siteIds = await makeSitesOf(here, organizationId, ...SITES)
  const webhook = await openSlowWebhook(here, organizationId, receiver)
  const installationId = await runAtSite(here, siteIds[0]!, await publishSlowPlugin(here, {}))

  const stream = there.subscribe(EventStreamDocument, { type: 'order.placed' })
  const heard = stream.next()
  // It is heard only from when the server has begun to listen: asked again until it was.
  let arrived = false
  void heard.then(() => (arrived = true))
  const emit = { type: 'order.placed', siteId: siteIds[0]!, payload: { order: 7 } }
  await vi.waitUntil(
    async () => {
      accepted((await here.request(EmitEventDocument, { input: emit })).emitEvent)
      return arrived
    },
    { timeout: 10_000, interval: 300 },
  )
  expect((await heard).value).toMatchObject({ events: { type: 'order.placed', payload: { order: 7 } } })
  await stream.return?.()
  await vi.waitUntil(async () => {
    const { invocations } = await there.request(InvocationsDocument, {
      installationId,
      kind: ['EVENT'],
      first: 1,
    })
    return invocations.nodes[0]?.outcome === 'OK'
  }, TEN_SECONDS)

  const packageId = await publishSlowPlugin(here, { version: '2.0.0', activateMs: ACTIVATE_MS })
  const input = { type: 'INSTALL' as const, packageId, siteIds }
  const deploymentId = accepted((await here.request(CreateDeploymentDocument, { input })).createDeployment)
    .deployment!.id
  let last: string | null = null
  const followed = (async () => {
    for await (const { deploymentProgress } of there.subscribe(DeploymentProgressDocument, {
      deploymentId,
    })) {
      const { status, progress } = deploymentProgress.deployment
      last = status
      if (progress.succeeded > 0 && !worker.process.killed) {
        await webhook.emit(0, WEBHOOKS / 2)
        await vi.waitUntil(() => receiver.at().length >= 3, TEN_SECONDS)
        await worker.processes()
        worker.signal('SIGKILL')
      }
    }
  })()
  await vi.waitUntil(() => worker.process.killed, TEN_SECONDS)
  await nothingLeft(worker)
  expect(last).toBe('RUNNING')
  expect(receiver.at().length).toBeLessThan(WEBHOOKS / 2)
  await webhook.emit(WEBHOOKS / 2, WEBHOOKS)

  const replacement = await start('worker')
  await replacement.greeting()
  await vi.waitUntil(() => last === 'COMPLETED', FINISHED)
  await followed
  await vi.waitUntil(async () => await webhook.isDelivered(WEBHOOKS), FINISHED)
  expect(webhook.arrived().toSorted((a, b) => a - b)).toEqual(Array.from({ length: WEBHOOKS }, (_, n) => n))

  expect(await transitionsBySite(here)).toEqual(
    new Map(SITES.map((_, index) => [index, ['RUNNING', 'SUCCEEDED']])),
  )
  expect(await inForce(databaseUrl)).toEqual(SITES.map(() => ({ version: '2.0.0', active: 1, left: 0 })))
  for (const service of [first, second, replacement]) {
    service.signal('SIGTERM')
    expect(await service.ended).toEqual({ code: 0, signal: null })
  }

  async function transitionsBySite(client: GraphClient): Promise<Map<number, string[]>> {
    const { events } = await client.request(EventsDocument, { type: 'deployment.target_changed', first: 100 })
    const order = new Map<string, string[]>()
    for (const { payload } of events.nodes.toReversed()) {
      const { siteId, status } = payload as { siteId: string; status: string }
      order.set(siteId, [...(order.get(siteId) ?? []), status])
    }
    return new Map([...order.values()].map((statuses, index) => [index, statuses]))
  }
}, 90_000)

/** Of each site: the version that is active, how many are, and how many rows were left half-made. */
async function inForce(databaseUrl: string): Promise<unknown[]> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query(
      `select max(p.version) filter (where i.status = 'ACTIVE') as version,
         count(*) filter (where i.status = 'ACTIVE')::int as active,
         count(*) filter (where i.status = 'INSTALLING')::int as left
       from installation i join package p on p.id = i.package_id group by i.site_id`,
    )
    return rows
  } finally {
    await client.end()
  }
}
