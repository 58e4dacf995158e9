import type { App } from './app.ts'
import { payloadOf, type EventRecord } from './events/catalog.ts'
import type { Enqueue } from './events/relay.ts'
import { makeDeliveries } from './features/deliveries/make-deliveries.ts'
import { findSubscribers } from './features/execution/find-subscribers.ts'
import { findUnhealthy } from './features/upgrades/find-unhealthy.ts'
import { taskOf } from './tasks.ts'

type Reaction = (app: App, event: EventRecord) => Promise<Enqueue[]>

/** Who reacts to which event of ours with jobs. */
const REACTIONS: Readonly<Record<string, Reaction>> = {
  'deployment.created': async (app, event) => {
    const targets = await app.database.prisma.deploymentTarget.findMany({
      where: { deploymentId: event.subjectId! },
      select: { id: true },
      orderBy: { id: 'asc' },
    })
    return targets.map(({ id }) => taskOf('deployToTarget', { targetId: id }, `deploy:${id}`))
  },
  // Whoever revoked tells them himself; this completes what a process that died meanwhile could not.
  'package.revoked': async (_app, event) => {
    const { reason, deactivate } = payloadOf(event, 'package.revoked')
    const packageId = event.subjectId!
    const revocation = { packageId, reason, deactivate, actorId: event.actorId }
    return [taskOf('tellRevoked', revocation, `revoked:${packageId}`)]
  },
  'plugin.switched': async (_app, event) => {
    const { enabled } = payloadOf(event, 'plugin.switched')
    const { organizationId, actorId } = event
    const switched = { switchId: event.id, pluginId: event.subjectId!, organizationId, enabled, actorId }
    return [taskOf('tellSwitched', switched, `switched:${event.id}`)]
  },
  'plugin.enabled': async (_app, event) => switchHook(event),
  'plugin.disabled': async (_app, event) => switchHook(event),
  // What was upgraded and turns out to be unhealthy goes back.
  'health.recorded': async (app, event) => {
    const unhealthy = await findUnhealthy(app, payloadOf(event, 'health.recorded').samples)
    return unhealthy.map((it) => taskOf('rollBackUnhealthy', it, `unhealthy:${it.installationId}`))
  },
  'plugin.event_replayed': async (_app, event) => {
    const { eventId, installationId } = payloadOf(event, 'plugin.event_replayed')
    return [pluginTask(eventId, installationId)]
  },
  'webhook.redelivered': async (_app, event) => [webhookTask(event.subjectId!)],
  'job.requested': async (_app, event) => {
    const { installationId, job, payload } = payloadOf(event, 'job.requested')
    const invocationId = event.subjectId!
    return [taskOf('runQueuedJob', { invocationId, installationId, job, payload }, `job:${invocationId}`)]
  },
}

/** What runs or no longer runs by a switch has its hook called; whoever moves an installation calls it himself. */
function switchHook(event: EventRecord): Enqueue[] {
  if (typeof event.payload['switchId'] !== 'string') return []
  const installationId = event.subjectId!
  return [taskOf('runSwitchHook', { installationId }, `switch-hook:${event.id}`)]
}

function pluginTask(eventId: string, installationId: string): Enqueue {
  return taskOf('deliverEvent', { eventId, installationId }, `event:${eventId}:${installationId}`)
}

function webhookTask(deliveryId: string): Enqueue {
  return taskOf('deliverWebhook', { deliveryId }, `webhook:${deliveryId}`)
}

/**
 * For each of the events, in their order, all jobs that follow from it: our own reaction, and a delivery to each plugin and
 * webhook that subscribes to its type. Who subscribes is asked once for all of them.
 */
export async function reactTo(app: App, events: readonly EventRecord[]): Promise<Enqueue[][]> {
  const heard = events.filter(({ type }) => type !== 'health.recorded')
  const subscribers = await findSubscribers(app, heard)
  const toWebhooks = await makeDeliveries(app, heard)
  const deliveries = new Map(
    heard.map(({ id }, index) => {
      const toPlugins = subscribers[index]!.map((installationId) => pluginTask(id, installationId))
      return [id, [...toPlugins, ...toWebhooks[index]!.map(webhookTask)]]
    }),
  )
  const following: Enqueue[][] = []
  for (const event of events) {
    const own = event.source === 'patchbay' ? await REACTIONS[event.type]?.(app, event) : undefined
    following.push([...(own ?? []), ...(deliveries.get(event.id) ?? [])])
  }
  return following
}
