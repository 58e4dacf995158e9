import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireIn, requireKnown } from '../../auth/authorize.ts'
import { record } from '../../events/record.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import { running } from '../installations/policy.ts'
import { inForceInstead } from './in-force-instead.ts'
import { visibleEventDeliveries } from './policy.ts'

/**
 * Lets the handler be called again for an event that was given up, as often as at first. What waits for its next attempt
 * already is left as it is, so that a second replay changes nothing. Returns the delivery's id.
 */
export async function replayEventDelivery(app: App, actor: Actor, deliveryId: string): Promise<string> {
  requireKnown(actor)
  const seen = await app.database.prisma.eventDelivery.findFirst({
    where: { id: deliveryId, AND: [visibleEventDeliveries(actor)] },
    select: { id: true, organizationId: true, installationId: true, eventId: true, status: true },
  })
  if (seen === null) throw notFound('event delivery')
  requireIn(actor, 'plugins:run', seen.organizationId, 'event delivery')
  if (seen.status === 'PENDING') return seen.id
  if (seen.status === 'DELIVERED') throw refused('It was delivered: there is nothing to replay.')
  const { organizationId, installationId, eventId } = seen
  const [event, target] = await Promise.all([
    app.database.prisma.event.findUnique({ where: { id: eventId }, select: { type: true } }),
    runningInstead(app, installationId),
  ])
  if (event === null) throw refused('The event is older than events are kept.')
  if (target === null) throw refused('Its installation does not run: activate it first.')
  await change(app, async (tx) => {
    const at = app.clock.now()
    const { count } = await tx.eventDelivery.updateMany({
      where: { id: seen.id, status: 'DEAD' },
      data: { status: 'PENDING', attempts: 0, nextAttemptAt: at, updatedAt: at },
    })
    // Somebody else was faster.
    if (count === 0) return
    const payload = { slug: target.plugin.slug, eventId, eventType: event.type, installationId }
    const { siteId, pluginId } = target
    await record(tx, 'plugin.event_replayed', payload, {
      organizationId,
      siteId,
      subjectId: seen.id,
      pluginId,
      ...by(actor),
      at,
    })
  })
  return seen.id
}

async function runningInstead(app: App, installationId: string) {
  const id = await inForceInstead(app, installationId)
  return await app.database.prisma.installation.findFirst({
    where: { id, AND: [running(app.clock.now())] },
    select: { siteId: true, pluginId: true, plugin: { select: { slug: true } } },
  })
}

function refused(message: string): UserError {
  return new UserError('INVALID_STATE', message, ['eventDeliveryId'])
}
