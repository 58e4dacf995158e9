import { change, type App } from '../../app.ts'
import { backoffMs } from '../../lib/backoff.ts'
import { seconds } from '../../lib/units.ts'
import type { Tx } from '../../platform/database.ts'
import type { Again } from '../../platform/task.ts'
import { disableWebhook, noteFailure, noteSuccess } from './webhook-standing.ts'
import type { Delivery } from './load-delivery.ts'
import type { Sent } from './send-delivery.ts'

const GONE = 410

/**
 * Keeps what came of an attempt, and what follows from it for the delivery and its webhook, in one transaction. Returns when to try
 * again. A worker that comes too late, after another one has begun the next attempt, changes nothing.
 */
export async function noteAttempt(
  app: App,
  delivery: Delivery,
  { statusCode, durationMs, error, retryAfterMs }: Sent,
): Promise<Again | null> {
  const at = app.clock.now()
  const { retry } = delivery.webhook.definition
  const attempts = delivery.attempts + 1
  const isDead = error !== null && (attempts >= retry.max_attempts || statusCode === GONE)
  const pause = {
    initialMs: seconds(retry.initial_seconds),
    maxMs: seconds(retry.max_seconds),
    factor: retry.backoff === 'exponential' ? 2 : 1,
  }
  const inMs = error === null || isDead ? null : Math.max(backoffMs(attempts, pause), retryAfterMs)
  const noted = await change(app, async (tx) => {
    const status = error === null ? 'DELIVERED' : isDead ? 'DEAD' : 'FAILED'
    const next = inMs === null ? null : new Date(at.getTime() + inMs)
    const entry = { at: at.toISOString(), statusCode, durationMs, error }
    if (!(await append(tx, delivery, { status, next, at, entry }))) return false
    if (error === null) await noteSuccess(tx, delivery.webhookId)
    else if (statusCode === GONE)
      await disableWebhook(tx, app, delivery, 'The receiver answered 410: it is gone for good.')
    else await noteFailure(tx, app, delivery)
    return true
  })
  return noted && inMs !== null ? { inMs } : null
}

/** Ends a delivery that is not to be tried (any more), with the reason in its log; `error` null: there was nothing to send. */
export async function endDelivery(app: App, delivery: Delivery, error: string | null): Promise<void> {
  const at = app.clock.now()
  await change(app, async (tx) => {
    const status = error === null ? 'DELIVERED' : 'DEAD'
    const entry = error === null ? null : { at: at.toISOString(), statusCode: null, durationMs: 0, error }
    await append(tx, delivery, { status, next: null, at, entry })
  })
}

interface Appended {
  status: 'DELIVERED' | 'FAILED' | 'DEAD'
  next: Date | null
  at: Date
  entry: object | null
}

async function append(
  tx: Tx,
  { id, attempt }: Delivery,
  { status, next, at, entry }: Appended,
): Promise<boolean> {
  const added = JSON.stringify(entry === null ? [] : [entry])
  const finishedAt = status === 'FAILED' ? null : at
  const count = await tx.$executeRaw`
    update webhook_delivery set status = ${status}::"DeliveryStatus", attempts = attempts || ${added}::jsonb,
      next_attempt_at = ${next}, finished_at = ${finishedAt}
    where id = ${id}::uuid and attempt = ${attempt} and finished_at is null`
  return count === 1
}
