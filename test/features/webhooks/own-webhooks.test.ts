import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  DeliveriesOfEventDocument,
  RedeliverDocument,
  WebhookDeliveredDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { eventually } from '../../support/http.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { codesOf, openStage, type TestStage } from '../../support/stage.ts'
import { openReceiver, type Received, type Receiver } from './support/receiver.ts'
import {
  apply,
  drawSigningKey,
  emit,
  readWebhook,
  setOwnSecret,
  signedBy,
  yamlOf,
} from './support/webhooks.ts'

let receiver: Receiver
let server: TestServer
let stage: TestStage
let other: TestStage
beforeAll(async () => {
  receiver = await openReceiver()
  server = await startTestServer({ env: { PATCHBAY_EGRESS_ALLOW: receiver.host } })
  stage = await openStage(server, 'acme')
  other = await openStage(server, 'globex')
})
afterAll(async () => {
  await Promise.all([stage.close(), other.close()])
  await server.close()
  await receiver.close()
})

const arrived = async (path: string, count = 1): Promise<Received[]> => {
  await eventually(`${count} arrived at ${path}`, () => receiver.at(path).length >= count)
  return receiver.at(path)
}

const verified = (key: string, { headers, body }: Received): unknown =>
  new Webhook(key).verify(body, headers as Record<string, string>)

test('an event is delivered once to each webhook that it concerns, and receivers verify it as Standard Webhooks', async () => {
  const key = drawSigningKey()
  await setOwnSecret(stage, 'OPS_KEY', key)
  await setOwnSecret(stage, 'OPS_TOKEN', 'token-of-ops')
  const delivery = `${signedBy('OPS_KEY')}\n  headers: { X-Source: patchbay, Authorization: "Bearer \${SECRET:OPS_TOKEN}" }`
  const webhookId = await apply(stage, yamlOf('ops', `${receiver.url}/ops`, { delivery }))
  await apply(stage, yamlOf('others', `${receiver.url}/others`, { on: 'deploy.*' }))
  await apply(other, yamlOf('ops', `${receiver.url}/globex`))
  const siteId = stage.siteIds[0]!
  const eventId = await emit(stage, 'build.completed', { name: 'api' }, siteId)
  const [received] = await arrived('/ops')
  expect(verified(key, received!)).toEqual({
    id: expect.any(String) as string,
    type: 'build.completed',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    organization: { id: expect.any(String) as string, slug: 'acme', name: expect.any(String) as string },
    site: { id: expect.any(String) as string, slug: 'north', name: expect.any(String) as string },
    data: { name: 'api' },
  })
  expect(received!.headers).toMatchObject({
    'x-source': 'patchbay',
    authorization: 'Bearer token-of-ops',
    'content-type': 'application/json',
  })
  await eventually('its end is noted', async () => (await readWebhook(stage, webhookId)).successRate === 1)
  const { deliveries, ...webhook } = await readWebhook(stage, webhookId)
  expect(webhook).toMatchObject({ name: 'ops', enabled: true, events: ['build.*'], installation: null })
  expect(deliveries).toHaveLength(1)
  expect(deliveries[0]).toMatchObject({
    status: 'DELIVERED',
    nextAttemptAt: null,
    event: { id: eventId, type: 'build.completed' },
    attempts: [{ statusCode: 204, error: null }],
  })
  const { node } = await stage.operator.request(DeliveriesOfEventDocument, { eventId })
  expect(node).toMatchObject({ deliveries: { nodes: [{ id: deliveries[0]!.id }] } })
  expect(receiver.at().map(({ path }) => path)).toEqual(['/ops'])
})

test('attempts are told as they end, and a stream that breaks off resumes behind its cursor', async () => {
  const webhookId = await apply(stage, yamlOf('told', `${receiver.url}/told`, { on: 'told.*' }))
  const stream = stage.operator.subscribe(WebhookDeliveredDocument, { webhookId })
  const next = stream.next()
  // The stream begins with the present, which is when the server has heard of it.
  await eventually('it is told', async () => {
    await emit(stage, 'told.one')
    return await Promise.race([
      next.then(() => true),
      new Promise<false>((end) => setTimeout(end, 200, false)),
    ])
  })
  const first = (await next).value!.webhookDelivered
  expect(first.delivery).toMatchObject({ status: 'DELIVERED', webhook: { id: webhookId } })
  await stream.return?.()
  const seen = receiver.at('/told').length
  for (const type of ['told.two', 'told.three']) await emit(stage, type)
  await arrived('/told', seen + 2)
  const again = stage.operator.subscribe(WebhookDeliveredDocument, { webhookId, after: first.cursor })
  const types = new Set<string>()
  for await (const { webhookDelivered } of again) {
    types.add(webhookDelivered.delivery.event.type)
    if (types.has('told.two') && types.has('told.three')) break
  }
  expect(types).toContain('told.two')
})

test('a redelivery is a delivery of its own with the same webhook-id and body', async () => {
  const webhookId = await apply(stage, yamlOf('again', `${receiver.url}/again`, { on: 'again.*' }))
  await emit(stage, 'again.please', { n: 1 })
  await eventually('it is delivered', async () => (await readWebhook(stage, webhookId)).successRate === 1)
  const [{ id: deliveryId } = { id: '' }] = (await readWebhook(stage, webhookId)).deliveries
  const { redeliver } = await stage.operator.request(RedeliverDocument, { input: { deliveryId } })
  expect(accepted(redeliver).delivery).toMatchObject({ status: 'PENDING', repeats: { id: deliveryId } })
  const [first, second] = await arrived('/again', 2)
  expect(second!.body).toBe(first!.body)
  expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
  await eventually('both have ended', async () =>
    (await readWebhook(stage, webhookId)).deliveries.every(({ status }) => status === 'DELIVERED'),
  )
  expect((await readWebhook(stage, webhookId)).deliveries).toHaveLength(2)
  expect(codesOf(redeliver)).toEqual([])
})
