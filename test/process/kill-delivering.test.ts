import { expect, test, vi } from 'vitest'
import {
  EmitEventDocument,
  EventDeliveriesDocument,
  EventRunsDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { graphClient, type GraphClient } from '../../scripts/lib/graph-client.ts'
import { emptyDirectory, launch, nothingLeft } from './support/launched-service.ts'
import { publishSlowPlugin, runAtSite } from './support/slow-plugin.ts'
import { makeSites } from './support/stage.ts'

const env = { PATCHBAY_ALLOW_SELF_REVIEW: 'true' }
/** Of each event; the queue works on six at once. */
const HANDLER_MS = 40

test('kill -9 amid deliveries, again and again: each event gets to its handler, and what failed is tried again', async () => {
  const dataDirectory = await emptyDirectory()
  const kept: string[] = []
  const failing: string[] = []
  const start = async () => {
    const service = launch({ dataDirectory, env })
    const { url, adminKey } = await service.greeting()
    return { service, admin: graphClient(url, adminKey) }
  }
  const first = await start()
  const [siteId] = await makeSites(first.admin, 'north')
  const installationId = await runAtSite(first.admin, siteId!, await publishSlowPlugin(first.admin, {}))
  const emit = async (admin: GraphClient, fails: boolean): Promise<void> => {
    const payload = { ms: HANDLER_MS, fails }
    const { emitEvent } = await admin.request(EmitEventDocument, {
      input: { type: 'order.placed', siteId: siteId!, payload },
    })
    ;(fails ? failing : kept).push(accepted(emitEvent).event!.id)
  }
  const emitSome = (admin: GraphClient) =>
    Promise.all(Array.from({ length: 20 }, (_, at) => emit(admin, at % 5 === 4)))

  await emitSome(first.admin)
  // Amid the first handlers, and before what failed was put off.
  await vi.waitUntil(async () => (await outcomes(first.admin, installationId)).length > 0, SOON)
  first.service.signal('SIGKILL')
  await nothingLeft(first.service)
  const second = await start()
  await emitSome(second.admin)
  second.service.signal('SIGKILL')
  await nothingLeft(second.service)

  const third = await start()
  await vi.waitUntil(async () => {
    const done = new Map<string, string | null>()
    for (const { event, outcome } of await outcomes(third.admin, installationId))
      if (outcome === 'OK') done.set(event!.id, outcome)
    return kept.every((id) => done.has(id))
  }, SOON)
  await vi.waitUntil(async () => {
    const { eventDeliveries } = await third.admin.request(EventDeliveriesDocument, { first: 100 })
    const tried = new Set(
      eventDeliveries.nodes.filter(({ attempts }) => attempts > 1).map((it) => it.event!.id),
    )
    return failing.every((id) => tried.has(id))
  }, SOON)
  expect([kept.length, failing.length]).toEqual([32, 8])
  third.service.signal('SIGTERM')
  expect(await third.service.ended).toEqual({ code: 0, signal: null })
}, 60_000)

const SOON = { timeout: 20_000, interval: 50 }

async function outcomes(admin: GraphClient, installationId: string) {
  const { invocations } = await admin.request(EventRunsDocument, { installationId, first: 100 })
  return invocations.nodes
}
