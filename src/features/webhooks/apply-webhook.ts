import { isDeepStrictEqual } from 'node:util'
import { change, type App } from '../../app.ts'
import { checkWebhook } from '../../archive/check-webhook.ts'
import type { YamlProblem } from '../../archive/read-yaml.ts'
import type { Webhook } from '../../archive/webhook.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { UserError, UserErrors } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { checkOrganization } from '../tenancy/existing-organization.ts'

/** Each event of an organization is held against all of them. */
const MAX_OWN_WEBHOOKS = 100

/** A webhook of an organization, as the text of its YAML. */
export interface ApplyWebhookInput {
  organizationId: string
  name: string
  /** The YAML. */
  source: string
}

/**
 * Makes a webhook of an organization's own, or gives the one of that name another text; the same text again changes nothing.
 * WEBHOOK_INVALID tells every mistake of the YAML with its line and column. One that was switched off stays so. Returns its id.
 */
export async function applyWebhook(app: App, actor: Actor, input: ApplyWebhookInput): Promise<string> {
  const { organizationId, source } = input
  requireIn(actor, 'installations:manage', organizationId, 'organization')
  await checkOrganization(app, organizationId)
  const { webhook, problems } = checkWebhook(source, input.name, app.config.egress.allowHosts)
  if (webhook === null) throw new UserErrors(problems.map(asUserError))
  return await change(app, async (tx) => {
    // One at a time, so that two that make the same one become two versions of it, and the bound holds.
    const lock = `webhooks of ${organizationId}`
    await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock(hashtextextended(${lock}, 0))`
    const own = { organizationId, pluginId: null, siteId: null }
    const before = await tx.webhook.findFirst({
      where: { ...own, name: webhook.name },
      select: { id: true, source: true, definition: true },
    })
    const id = before?.id ?? newId()
    if (before?.source === source && isDeepStrictEqual(before.definition, plain(webhook))) {
      await actor.trail?.attempt?.settle(tx, { webhookId: id })
      return id
    }
    const at = app.clock.now()
    const written = { source, definition: plain(webhook), events: webhook.on, updatedAt: at }
    if (before === null) {
      await checkNumber(tx, organizationId)
      const data = { id, ...own, name: webhook.name, ...written, createdAt: at }
      await tx.webhook.create({ data, select: { id: true } })
    } else await tx.webhook.update({ where: { id }, data: written, select: { id: true } })
    const changed = { before: before === null ? null : { source: before.source }, after: { source } }
    const scope = { organizationId, subjectId: id, ...by(actor), changed, at }
    await record(tx, 'webhook.applied', { name: webhook.name }, scope)
    return id
  })
}

function asUserError({ message, line, column }: YamlProblem): UserError {
  const place = line === undefined ? '' : `Line ${line}, column ${column ?? 1}: `
  return new UserError('WEBHOOK_INVALID', `${place}${message}`, ['source'])
}

async function checkNumber(tx: Tx, organizationId: string): Promise<void> {
  const count = await tx.webhook.count({ where: { organizationId, pluginId: null } })
  if (count < MAX_OWN_WEBHOOKS) return
  const message = `An organization has at most ${MAX_OWN_WEBHOOKS} webhooks of its own: delete one first.`
  throw new UserError('QUOTA_EXCEEDED', message, ['name'])
}

/** As JSON has it: without what is undefined. */
function plain(webhook: Webhook): JsonObject {
  return JSON.parse(JSON.stringify(webhook)) as JsonObject
}
