import type { App } from '../../app.ts'
import { backoffMs, QUEUE_BACKOFF } from '../../lib/backoff.ts'
import { newId } from '../../lib/ids.ts'
import type { Again } from '../../platform/task.ts'

/** Calls of the handler in all: from the first to the last pass 15 to 29 minutes. */
export const DELIVERY_ATTEMPTS = 8

/** One event on its way to one installation. */
export interface Delivery {
  eventId: string
  installationId: string
  organizationId: string
  /** Attempts before this one. */
  attempts: number
}

/**
 * Keeps that an attempt failed: it waits for the next one, or is DEAD after the last (or where `final` says that no other
 * makes sense). Returns when to try again. A worker that comes too late, after another one has taken the delivery over,
 * changes nothing.
 */
export async function noteFailed(
  app: App,
  { eventId, installationId, organizationId, attempts: before }: Delivery,
  failure: { error: string; notBefore?: Date | undefined; final?: boolean },
): Promise<Again | null> {
  const now = app.clock.now()
  const attempts = before + 1
  const isDead = failure.final === true || attempts >= DELIVERY_ATTEMPTS
  const earliest = failure.notBefore === undefined ? 0 : failure.notBefore.getTime() - now.getTime()
  const inMs = Math.max(backoffMs(attempts, QUEUE_BACKOFF), earliest)
  const status = isDead ? 'DEAD' : 'PENDING'
  const nextAttemptAt = isDead ? null : new Date(now.getTime() + inMs)
  const noted = await app.database.prisma.$executeRaw`
    insert into event_delivery as d
      (id, organization_id, installation_id, event_id, status, attempts, error, next_attempt_at, created_at, updated_at)
    values (${newId()}::uuid, ${organizationId}::uuid, ${installationId}::uuid, ${eventId}::uuid,
      ${status}::"DeliveryStatus", ${attempts}, ${failure.error}, ${nextAttemptAt}, ${now}, ${now})
    on conflict (event_id, installation_id) do update set status = excluded.status, attempts = excluded.attempts,
      error = excluded.error, next_attempt_at = excluded.next_attempt_at, updated_at = excluded.updated_at
    where d.status = 'PENDING' and d.attempts = ${before}`
  if (noted === 0) return null
  if (isDead) app.log.warn({ eventId, installation: installationId, attempts }, 'an event was given up')
  return isDead ? null : { inMs }
}

/** Keeps that an event which failed before has got there. */
export async function noteDelivered(
  app: App,
  { eventId, installationId, attempts }: Delivery,
): Promise<void> {
  await app.database.prisma.eventDelivery.updateMany({
    where: { eventId, installationId },
    data: {
      status: 'DELIVERED',
      attempts: attempts + 1,
      nextAttemptAt: null,
      updatedAt: app.clock.now(),
    },
  })
}
