import { deliverWebhook } from '../../../../src/features/deliveries/deliver-webhook.ts'
import { makeDeliveries } from '../../../../src/features/deliveries/make-deliveries.ts'
import type { Again } from '../../../../src/platform/task.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { openStage, rowId, type TestStage } from '../../../support/stage.ts'
import { openReceiver, type Receiver } from './receiver.ts'
import { emit, readWebhook } from './webhooks.ts'

/** A server without a worker: the test turns events into deliveries, tries them, and turns the clock. */
export interface ByHand {
  server: TestServer
  stage: TestStage
  receiver: Receiver
  /** Another host. */
  elsewhere: Receiver
  clock: FakeClock
  /** Tells an event, and makes its deliveries as the relay does. Returns their ids. */
  happen: (type: string, payload?: object, siteId?: string) => Promise<string[]>
  /** One attempt, as the queue makes it. */
  attempt: (deliveryId: string) => Promise<Again | null>
  /** A webhook's newest delivery, with its webhook. */
  latest: (webhookId: string) => Promise<Latest>
  close: () => Promise<void>
}

type Read = Awaited<ReturnType<typeof readWebhook>>
export type Latest = Read['deliveries'][number] & { webhook: Read }

export async function openByHand(env: Record<string, string> = {}): Promise<ByHand> {
  const [receiver, elsewhere] = await Promise.all([openReceiver(), openReceiver()])
  const clock = new FakeClock(new Date())
  const server = await startTestServer({
    clock,
    worker: false,
    env: { PATCHBAY_EGRESS_ALLOW: [receiver.host, receiver.named, elsewhere.host].join(','), ...env },
  })
  const stage = await openStage(server, 'acme')
  return {
    server,
    stage,
    receiver,
    elsewhere,
    clock,
    happen: async (type, payload, siteId) =>
      await turn(server, rowId(await emit(stage, type, payload, siteId))),
    attempt: (deliveryId) => deliverWebhook(server.app, { deliveryId }),
    latest: async (webhookId) => {
      const webhook = await readWebhook(stage, webhookId)
      return { ...webhook.deliveries[0]!, webhook }
    },
    async close() {
      await stage.close()
      await server.close()
      await Promise.all([receiver.close(), elsewhere.close()])
    },
  }
}

/** What the relay makes of an event. */
export async function turn({ app }: TestServer, eventId: string): Promise<string[]> {
  const row = await app.database.prisma.event.findUniqueOrThrow({ where: { id: eventId } })
  return (await makeDeliveries(app, [row]))[0]!
}
