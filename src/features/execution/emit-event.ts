import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { can, reachOf, requireIn, requireKnown } from '../../auth/authorize.ts'
import { EVENT_TYPE_PATTERN, RESERVED_LABELS } from '../../events/catalog.ts'
import { recordOfHost } from '../../events/record.ts'
import { notFound, RequestError, UserError } from '../../lib/errors.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { matchWebhooks } from '../deliveries/match-webhooks.ts'
import { checkOrganization } from '../tenancy/existing-organization.ts'
import { findSubscribers } from './find-subscribers.ts'

/** An event of the host; without organization and site it is for the only organization of who emits it. */
export interface EmitEventInput {
  /** Dotted, e.g. `auth.user.created`. */
  type: string
  payload: JsonValue
  organizationId?: string | undefined
  siteId?: string | undefined
}

/**
 * Tells the plugins of an organization, or of one site, what happened in the host. They get it at least once, from the
 * queue. Returns the event's id and how many will get it.
 */
export async function emitEvent(
  app: App,
  actor: Actor,
  input: EmitEventInput,
): Promise<{ eventId: string; subscribers: number }> {
  requireKnown(actor)
  const scope = await scopeOf(app, actor, input)
  requireIn(actor, 'plugins:run', scope.organizationId, 'organization')
  const { type, payload } = input
  if (!EVENT_TYPE_PATTERN.test(type)) {
    throw new UserError(
      'INVALID_INPUT',
      'An event type is dotted lower-case labels, e.g. auth.user.created.',
      ['type'],
    )
  }
  if (RESERVED_LABELS.has(type.split('.')[0]!)) {
    throw new UserError(
      'INVALID_INPUT',
      `Events of "${type.split('.')[0]!}.…" are told by Patchbay itself.`,
      ['type'],
    )
  }
  if (!isJsonObject(payload)) {
    throw new UserError('INVALID_INPUT', 'The payload of an event is an object.', ['payload'])
  }
  const happened = [{ type, ...scope }]
  const [plugins, webhooks] = await Promise.all([
    findSubscribers(app, happened),
    matchWebhooks(app, happened),
  ])
  const subscribers = plugins[0]!.length + webhooks[0]!.length
  return await change(app, async (tx) => {
    const at = app.clock.now()
    const eventId = await recordOfHost(tx, type, payload, { ...scope, ...by(actor), at })
    await actor.trail?.attempt?.settle(tx, { eventId, subscribers })
    return { eventId, subscribers }
  })
}

/** Where it happened; without an answer, the principal's only organization. */
async function scopeOf(
  app: App,
  actor: Actor,
  input: EmitEventInput,
): Promise<{ organizationId: string; siteId: string | null }> {
  if (input.siteId !== undefined) {
    const site = await app.database.prisma.site.findUnique({
      where: { id: input.siteId },
      select: { id: true, organizationId: true },
    })
    if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
    if (input.organizationId !== undefined && input.organizationId !== site.organizationId)
      throw notFound('site')
    return { organizationId: site.organizationId, siteId: site.id }
  }
  if (input.organizationId !== undefined) {
    requireIn(actor, 'tenancy:read', input.organizationId, 'organization')
    await checkOrganization(app, input.organizationId)
    return { organizationId: input.organizationId, siteId: null }
  }
  const reach = reachOf(actor, 'plugins:run')
  const only = reach.everywhere ? undefined : new Set(reach.organizationIds)
  if (only?.size === 1) return { organizationId: [...only][0]!, siteId: null }
  throw new RequestError('BAD_USER_INPUT', 'Say where it happened: give `organizationId` or `siteId`.')
}
