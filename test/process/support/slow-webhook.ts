import { Webhook } from 'standardwebhooks'
import { expect } from 'vitest'
import {
  ApplyWebhookDocument,
  EmitEventDocument,
  SetSecretDocument,
  WebhookDeliveriesDocument,
} from '../../../schema/generated/graphql.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import type { GraphClient } from '../../../scripts/lib/graph-client.ts'
import type { Receiver } from '../../features/webhooks/support/receiver.ts'
import { drawSigningKey, signedBy, yamlOf } from '../../features/webhooks/support/webhooks.ts'

/** The receiver's: long enough that a kill comes amid several requests. */
const ANSWER_MS = 100

/** A webhook for `build.completed` whose receiver takes its time. */
export interface SlowWebhook {
  /** Emits events with these numbers, up to `to` and without it. */
  emit(from: number, to: number): Promise<void>
  /** Whether there are that many deliveries, each of them well. */
  isDelivered(count: number): Promise<boolean>
  /** The numbers that arrived, each once: what came again had the same webhook-id and body, and all was signed. */
  arrived(): number[]
}

/** Sets it up for an organization of `admin`'s. */
export async function openSlowWebhook(
  admin: GraphClient,
  organizationId: string,
  receiver: Receiver,
): Promise<SlowWebhook> {
  receiver.answer('/in', (response) => void setTimeout(() => response.writeHead(200).end(), ANSWER_MS))
  const secret = drawSigningKey()
  const key = { organizationId, key: 'KEY', value: secret }
  accepted((await admin.request(SetSecretDocument, { input: key })).setSecret)
  const source = yamlOf('in', `${receiver.url}/in`, { delivery: signedBy('KEY') })
  const input = { organizationId, name: 'in', source }
  const { applyWebhook } = await admin.request(ApplyWebhookDocument, { input })
  const webhookId = accepted(applyWebhook).webhook!.id
  return {
    async emit(from, to) {
      const emitted = Array.from({ length: to - from }, async (_, at) => {
        const event = { organizationId, type: 'build.completed', payload: { n: from + at } }
        accepted((await admin.request(EmitEventDocument, { input: event })).emitEvent)
      })
      await Promise.all(emitted)
    },
    async isDelivered(count) {
      const { node } = await admin.request(WebhookDeliveriesDocument, { webhookId, first: 100 })
      const { nodes } = (node as { deliveries: { nodes: { status: string }[] } }).deliveries
      return nodes.length === count && nodes.every(({ status }) => status === 'DELIVERED')
    },
    arrived() {
      const bodies = new Map<string, string>()
      for (const { headers, body } of receiver.at('/in')) {
        new Webhook(secret).verify(body, headers as Record<string, string>)
        const id = String(headers['webhook-id'])
        expect(bodies.get(id) ?? body).toBe(body)
        bodies.set(id, body)
      }
      return [...bodies.values()].map((body) => (JSON.parse(body) as { data: { n: number } }).data.n)
    },
  }
}
