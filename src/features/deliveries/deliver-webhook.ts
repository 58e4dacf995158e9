import type { App } from '../../app.ts'
import type { Again } from '../../platform/task.ts'
import { running } from '../installations/policy.ts'
import { loadTarget, type Target } from '../invocations/target.ts'
import { composeBody } from './compose-body.ts'
import { DeliveryImpossible } from './delivery-impossible.ts'
import { DeliveryWaits } from './delivery-waits.ts'
import { fillSecrets, type Address } from './fill-secrets.ts'
import { loadDelivery, type Delivery } from './load-delivery.ts'
import { endDelivery, noteAttempt } from './note-attempt.ts'
import { sendDelivery, type Sent } from './send-delivery.ts'
import { takeTurn } from './turns.ts'

/**
 * One attempt at a delivery. At least once: a worker that dies amid it leaves the job to the next one, which begins another attempt
 * of the same `webhook-id`. What its webhook or plugin does not want any more is DEAD. Returns when to come again.
 */
export async function deliverWebhook(
  app: App,
  { deliveryId }: { deliveryId: string },
): Promise<Again | null> {
  const delivery = await loadDelivery(app, deliveryId)
  if (delivery === null) return null
  const now = app.clock.now()
  const waitMs = (delivery.nextAttemptAt ?? now).getTime() - now.getTime()
  if (waitMs > 0) return { inMs: waitMs }
  const { webhook } = delivery
  if (!webhook.enabled) return await giveUp(app, delivery, 'The webhook is switched off.')
  const { installationId: id } = webhook
  const target = id === null ? null : await loadTarget(app, { id, AND: [running(now)] })
  if (id !== null && target === null) return await giveUp(app, delivery, 'Its plugin does not run.')
  return await attempt(app, delivery, target)
}

async function giveUp(app: App, delivery: Delivery, error: string): Promise<null> {
  await endDelivery(app, delivery, error)
  return null
}

async function attempt(app: App, delivery: Delivery, target: Target | null): Promise<Again | null> {
  const address = await addressOf(app, delivery, target)
  if (address instanceof DeliveryImpossible) {
    const begun = await begin(app, delivery)
    return begun === null ? null : await noteAttempt(app, begun, impossible(address))
  }
  const turn = takeTurn(app, delivery.organizationId, address.url.host)
  if ('inMs' in turn) return turn
  try {
    const begun = await begin(app, delivery)
    if (begun === null) return null
    const body = begun.body ?? (await composeBody(app, begun, target))
    if (body === null) {
      await endDelivery(app, begun, null)
      return null
    }
    if (begun.body === null && !(await keepBody(app, begun, body))) return null
    return await noteAttempt(app, begun, await sendDelivery(app, begun, address, body))
  } catch (error) {
    if (error instanceof DeliveryWaits) return await putOff(app, delivery, error)
    if (!(error instanceof DeliveryImpossible)) throw error
    return await noteAttempt(app, { ...delivery, attempt: delivery.attempt + 1 }, impossible(error))
  } finally {
    turn.release()
  }
}

async function addressOf(
  app: App,
  delivery: Delivery,
  target: Target | null,
): Promise<Address | DeliveryImpossible> {
  try {
    return await fillSecrets(app, delivery, target)
  } catch (error) {
    if (error instanceof DeliveryImpossible) return error
    throw error
  }
}

function impossible({ message, durationMs }: DeliveryImpossible): Sent {
  return { statusCode: null, durationMs, error: message, retryAfterMs: 0 }
}

/** Takes the next attempt's number; null where another worker has it. Whoever had one before is too late from now on. */
async function begin(app: App, delivery: Delivery): Promise<Delivery | null> {
  const { count } = await app.database.prisma.webhookDelivery.updateMany({
    where: { id: delivery.id, attempt: delivery.attempt, finishedAt: null },
    data: { attempt: delivery.attempt + 1 },
  })
  return count === 0 ? null : { ...delivery, attempt: delivery.attempt + 1 }
}

/** Until when it waits is for whoever looks at it. Nothing where this process stops: the next one goes on at once. */
async function putOff(app: App, { id }: Delivery, { inMs }: DeliveryWaits): Promise<Again> {
  if (inMs > 0) {
    const nextAttemptAt = new Date(app.clock.now().getTime() + inMs)
    await app.database.prisma.webhookDelivery.updateMany({
      where: { id, finishedAt: null },
      data: { nextAttemptAt },
    })
  }
  return { inMs }
}

/** Before it is sent, so that every attempt sends the same; false where another worker has begun the next attempt. */
async function keepBody(app: App, { id, attempt: number }: Delivery, body: string): Promise<boolean> {
  const { count } = await app.database.prisma.webhookDelivery.updateMany({
    where: { id, attempt: number, finishedAt: null },
    data: { body },
  })
  return count === 1
}
