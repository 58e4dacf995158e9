import type { App } from '../../app.ts'
import { matchesType } from '../../events/catalog.ts'
import type { JsonObject } from '../../lib/json.ts'
import { running } from '../installations/policy.ts'
import { wasStopped } from '../../runtime/stopped-code.ts'
import { invoke } from '../invocations/invoke.ts'
import { loadTarget } from '../invocations/target.ts'
import { inForceInstead } from './in-force-instead.ts'

/** A plugin's handler failed on an event; the queue tries again, with growing pauses. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed'
}

/**
 * Runs one installation's handler for one event; that of what replaced it meanwhile, where it subscribes to it too. An
 * installation that no longer runs gets nothing.
 */
export async function deliverEvent(
  app: App,
  job: { eventId: string; installationId: string },
): Promise<void> {
  const event = await app.database.prisma.event.findUnique({
    where: { id: job.eventId },
    select: { id: true, type: true, payload: true, occurredAt: true, siteId: true },
  })
  const id = await inForceInstead(app, job.installationId)
  const target = await loadTarget(app, { id, AND: [running(app.clock.now())] })
  if (event === null || target === null) return
  if (!target.manifest.events.some((pattern) => matchesType(pattern, event.type))) return
  const told: JsonObject = {
    id: event.id,
    type: event.type,
    payload: event.payload as JsonObject,
    occurredAt: event.occurredAt.toISOString(),
    site: event.siteId === null ? null : { id: target.site.id, slug: target.site.slug },
  }
  const { result } = await invoke(app, target, {
    kind: 'EVENT',
    name: event.type,
    args: [told],
    eventId: event.id,
  })
  if (result.outcome !== 'OK' && !wasStopped(result))
    throw new DeliveryFailed(`${target.slug} failed on ${event.type}: ${result.outcome}`)
}
