import type { App } from '../../app.ts'
import type { JsonObject } from '../../lib/json.ts'
import { MiB } from '../../lib/units.ts'
import type { Target } from '../invocations/target.ts'
import { DeliveryImpossible } from './delivery-impossible.ts'
import type { Delivery } from './load-delivery.ts'
import { runTransform } from './run-transform.ts'

/** What a transform can give is no larger. */
const MAX_BODY_BYTES = MiB

/**
 * What is sent of an event: what the transform makes of it (an object as JSON, a text as it is), else `{id, type, timestamp,
 * organization, site, data}`. Null where the transform gives nothing: then nothing is to be sent.
 *
 * @throws {DeliveryImpossible} where it cannot be made
 * @throws {DeliveryWaits} where it cannot be made now
 */
export async function composeBody(
  app: App,
  delivery: Delivery,
  target: Target | null,
): Promise<string | null> {
  const { prisma } = app.database
  const { webhook, organizationId } = delivery
  const event = await prisma.event.findUnique({
    where: { id: delivery.eventId },
    select: { id: true, type: true, payload: true, occurredAt: true, siteId: true },
  })
  if (event === null) throw new DeliveryImpossible('The event is no longer kept.')
  const named = { id: true, slug: true, name: true } as const
  const siteId = event.siteId ?? webhook.siteId
  const [organization, site] = await Promise.all([
    prisma.organization.findUniqueOrThrow({ where: { id: organizationId }, select: named }),
    siteId === null ? null : prisma.site.findUnique({ where: { id: siteId }, select: named }),
  ])
  const where = event.siteId === null ? null : site
  const at = event.occurredAt.toISOString()
  const { transform } = webhook.definition
  if (transform === undefined) {
    const { id, type, payload: data } = event
    return checked(JSON.stringify({ id, type, timestamp: at, organization, site: where, data }))
  }
  const told: JsonObject = {
    id: event.id,
    type: event.type,
    payload: event.payload as JsonObject,
    occurredAt: at,
    site: where === null ? null : { ...where },
  }
  const place = { webhookId: webhook.id, name: webhook.name, organization, site: site && { ...site }, target }
  const value = await runTransform(app, transform, told, place)
  if (value === undefined || value === null) return null
  return checked(typeof value === 'string' ? value : JSON.stringify(value))
}

function checked(body: string): string {
  if (Buffer.byteLength(body) > MAX_BODY_BYTES)
    throw new DeliveryImpossible(`The body is larger than ${MAX_BODY_BYTES / MiB} MiB.`)
  // A database's text holds neither.
  if (body.includes('\0') || !body.isWellFormed())
    throw new DeliveryImpossible('The body holds U+0000 or half of a surrogate pair.')
  return body
}
