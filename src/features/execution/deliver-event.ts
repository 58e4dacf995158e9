import type { App } from '../../app.ts'
import { matchesType } from '../../events/catalog.ts'
import { messageOf, RequestError, UserError } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Again } from '../../platform/task.ts'
import { wasStopped } from '../../runtime/stopped-code.ts'
import { running } from '../installations/policy.ts'
import { invoke } from '../invocations/invoke.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { inForceInstead } from './in-force-instead.ts'
import { noteDelivered, noteFailed } from './note-delivery.ts'

/**
 * Runs one installation's handler for one event; that of what replaced it meanwhile, where it subscribes to it too. An
 * installation that no longer runs gets nothing. A handler that fails is called again later, with growing pauses: then the
 * event has a row that says so. Where a worker dies amid it, the queue gives the same to another one: at least once.
 */
export async function deliverEvent(
  app: App,
  { eventId, installationId }: { eventId: string; installationId: string },
): Promise<Again | null> {
  const [event, before] = await Promise.all([
    app.database.prisma.event.findUnique({ where: { id: eventId }, select: EVENT }),
    app.database.prisma.eventDelivery.findUnique({
      where: { eventId_installationId: { eventId, installationId } },
      select: { status: true, attempts: true, organizationId: true },
    }),
  ])
  if (before !== null && before.status !== 'PENDING') return null
  const id = await inForceInstead(app, installationId)
  const target = await loadTarget(app, { id, AND: [running(app.clock.now())] })
  const subscribes =
    event !== null && target?.manifest.events.some((pattern) => matchesType(pattern, event.type)) === true
  if (!subscribes) {
    if (before === null) return null
    const error =
      event === null ? 'The event is no longer kept.' : 'Nothing that runs there subscribes to it any more.'
    return await noteFailed(app, { eventId, installationId, ...before }, { error, final: true })
  }
  const attempts = before?.attempts ?? 0
  const delivery = { eventId, installationId, organizationId: target.organizationId, attempts }
  const failure = await tryHandler(app, target, event)
  if (failure !== null) return await noteFailed(app, delivery, failure)
  if (before !== null) await noteDelivered(app, delivery)
  return null
}

const EVENT = { id: true, type: true, payload: true, occurredAt: true, siteId: true } as const

interface OccurredEvent {
  id: string
  type: string
  payload: unknown
  occurredAt: Date
  siteId: string | null
}

/** Calls the handler. Null: it has the event; else why not. Throws where the service itself was at fault. */
async function tryHandler(
  app: App,
  target: Target,
  event: OccurredEvent,
): Promise<{ error: string; notBefore?: Date | undefined; final?: boolean } | null> {
  const { id: eventId, type } = event
  try {
    const { result, refusedUntil } = await invoke(app, target, {
      kind: 'EVENT',
      name: type,
      args: [toGuest(target, event)],
      eventId,
    })
    if (result.outcome === 'OK') return null
    const error = result.error ? `${result.error.name}: ${result.error.message}` : result.outcome
    // What was stopped is not to be run again by itself.
    return { error, notBefore: refusedUntil, final: wasStopped(result) && refusedUntil === undefined }
  } catch (error) {
    // Too much waits for it, or its archive cannot be had just now: that passes.
    if (error instanceof RequestError || error instanceof UserError) return { error: messageOf(error) }
    throw error
  }
}

function toGuest(target: Target, event: OccurredEvent): JsonObject {
  return {
    id: event.id,
    type: event.type,
    payload: event.payload as JsonObject,
    occurredAt: event.occurredAt.toISOString(),
    site: event.siteId === null ? null : { id: target.site.id, slug: target.site.slug },
  }
}
