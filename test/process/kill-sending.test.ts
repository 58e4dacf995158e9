import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  ApplyWebhookDocument,
  CreateOrganizationDocument,
  EmitEventDocument,
  SetSecretDocument,
  WebhookDeliveriesDocument,
} from '../../schema/generated/graphql.ts'
import { accepted } from '../../scripts/lib/accepted.ts'
import { openReceiver } from '../features/webhooks/support/receiver.ts'
import { drawSigningKey, signedBy, yamlOf } from '../features/webhooks/support/webhooks.ts'
import { clientOf, openCluster } from './support/cluster.ts'
import { nothingLeft } from './support/launched-service.ts'

const EVENTS = 40
/** The receiver's: long enough that a kill comes amid several requests. */
const ANSWER_MS = 100
/** Three missed beats of 3 s until a dead worker's jobs are given back, and then some. */
const FINISHED = { timeout: 40_000, interval: 20 }

test('kill -9 of the worker amid requests: every webhook gets there, under one webhook-id each', async () => {
  const receiver = await openReceiver()
  onTestFinished(() => receiver.close())
  receiver.answer('/in', (response) => void setTimeout(() => response.writeHead(200).end(), ANSWER_MS))
  const { start, key } = await openCluster({ PATCHBAY_EGRESS_ALLOW: receiver.host })
  const [api, first] = await Promise.all([start('api'), start('worker')])
  const admin = await clientOf(api, key)
  await first.greeting()
  const made = await admin.request(CreateOrganizationDocument, { input: { slug: 'acme', name: 'Acme' } })
  const organizationId = accepted(made.createOrganization).organization!.id
  const secret = drawSigningKey()
  accepted(
    (await admin.request(SetSecretDocument, { input: { organizationId, key: 'KEY', value: secret } }))
      .setSecret,
  )
  const source = yamlOf('in', `${receiver.url}/in`, { delivery: signedBy('KEY') })
  const { applyWebhook } = await admin.request(ApplyWebhookDocument, {
    input: { organizationId, name: 'in', source },
  })
  const webhookId = accepted(applyWebhook).webhook!.id
  const emit = async (from: number, to: number): Promise<void> => {
    const emitted = Array.from({ length: to - from }, async (_, at) => {
      const input = { organizationId, type: 'build.completed', payload: { n: from + at } }
      accepted((await admin.request(EmitEventDocument, { input })).emitEvent)
    })
    await Promise.all(emitted)
  }
  await emit(0, EVENTS / 2)
  await vi.waitUntil(() => receiver.at().length >= 3, FINISHED)
  first.signal('SIGKILL')
  await emit(EVENTS / 2, EVENTS)
  await nothingLeft(first)
  const second = await start('worker')

  const read = async () => {
    const { node } = await admin.request(WebhookDeliveriesDocument, { webhookId, first: 100 })
    return (node as { deliveries: { nodes: { id: string; status: string }[] } }).deliveries.nodes
  }
  await vi.waitUntil(async () => {
    const all = await read()
    return all.length === EVENTS && all.every(({ status }) => status === 'DELIVERED')
  }, FINISHED)
  const arrived = receiver.at('/in')
  const bodies = new Map(arrived.map(({ headers, body }) => [String(headers['webhook-id']), body]))
  expect(bodies.size).toBe(EVENTS)
  for (const { headers, body } of arrived) {
    new Webhook(secret).verify(body, headers as Record<string, string>)
    expect(body).toBe(bodies.get(String(headers['webhook-id'])))
  }
  const told = [...bodies.values()].map((body) => (JSON.parse(body) as { data: { n: number } }).data.n)
  expect(told.toSorted((a, b) => a - b)).toEqual(Array.from({ length: EVENTS }, (_, n) => n))
  for (const service of [second, api]) {
    service.signal('SIGTERM')
    expect(await service.ended).toEqual({ code: 0, signal: null })
  }
}, 90_000)
