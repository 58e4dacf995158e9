import { randomBytes } from 'node:crypto'
import {
  ApplyWebhookDocument,
  EmitEventDocument,
  SetSecretDocument,
  WebhookDeliveriesDocument,
  type WebhookDeliveriesQuery,
} from '../../../../schema/generated/graphql.ts'
import { accepted } from '../../../../scripts/lib/accepted.ts'
import type { TestStage } from '../../../support/stage.ts'

/** A webhook's YAML: to an address, with what else is to stand in it. */
export function yamlOf(
  name: string,
  url: string,
  more: { on?: string; rest?: string; delivery?: string } = {},
) {
  return [
    'api_version: v1',
    `name: ${name}`,
    `on: [${more.on ?? 'build.*'}]`,
    'delivery:',
    `  url: "${url}"`,
    ...(more.delivery === undefined ? [] : [more.delivery]),
    ...(more.rest === undefined ? [] : [more.rest]),
    '',
  ].join('\n')
}

/** A transform of the YAML's own. */
export const inline = (code: string): string =>
  `transform:\n  language: javascript\n  inline: |\n${code.replaceAll(/^/gm, '    ')}`

/** A key as receivers of Standard Webhooks are given it. */
export function drawSigningKey(): string {
  return `whsec_${randomBytes(24).toString('base64')}`
}

/** Signed by the organization's own secret of that key. */
export const signedBy = (key: string): string =>
  `  signing: { alg: HMAC-SHA256, secret: "\${SECRET:${key}}" }`

/** Applies a webhook of the stage's organization, which must be well. Returns its id. */
export async function apply(stage: TestStage, source: string): Promise<string> {
  const name = /^name: (.*)$/m.exec(source)![1]!
  const input = { organizationId: stage.organizationId, name, source }
  return accepted((await stage.operator.request(ApplyWebhookDocument, { input })).applyWebhook).webhook!.id
}

/** Sets a secret of the organization's own. */
export async function setOwnSecret(stage: TestStage, key: string, value: string): Promise<void> {
  const input = { organizationId: stage.organizationId, key, value }
  accepted((await stage.operator.request(SetSecretDocument, { input })).setSecret)
}

/** Tells the organization, or a site of it, an event of the host. Returns its id. */
export async function emit(
  stage: TestStage,
  type: string,
  payload: object = {},
  siteId?: string,
): Promise<string> {
  const where = siteId === undefined ? { organizationId: stage.organizationId } : { siteId }
  const { emitEvent } = await stage.operator.request(EmitEventDocument, {
    input: { type, payload, ...where },
  })
  return accepted(emitEvent).event!.id
}

type WebhookRow = Extract<NonNullable<WebhookDeliveriesQuery['node']>, { deliveries: object }>

/** A webhook as the graph tells it, with its deliveries, the newest first. */
export async function readWebhook(stage: TestStage, webhookId: string) {
  const { node } = await stage.operator.request(WebhookDeliveriesDocument, { webhookId, first: 100 })
  const webhook = node as WebhookRow
  return { ...webhook, deliveries: webhook.deliveries.nodes }
}
