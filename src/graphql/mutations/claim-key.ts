import type { App } from '../../app.ts'
import { RequestError, UserError } from '../../lib/errors.ts'
import { hours, seconds } from '../../lib/units.ts'

/** Longer than clients try again after a failure, and short enough that keys need not be unique for ever. */
export const KEY_LIFETIME_MS = hours(24)
/** An attempt that has not been renewed for so long belongs to a process that is dead. By the database's clock. */
const LEASE = '60 seconds'
/** Between two renewals of a lease: two may fail. */
export const RENEW_MS = seconds(20)
/** Between two looks at an attempt that still runs; most are over after the first. */
const LOOK_MS = { first: 20, most: 250 }

/** An idempotency key that a mutation came with. */
export interface Claim {
  principalId: string
  /** Name of the mutation. */
  operation: string
  key: string
  hash: Uint8Array<ArrayBuffer>
  /** Whoever took over after us has another one: we write no more. */
  attempt: string
}

interface Found {
  inputHash: Uint8Array
  answer: unknown
  changed: boolean
  /** Nobody runs it any more: it came to its end, or its process to its own. */
  over: boolean
  expired: boolean
}

/**
 * Null: it is ours to run. Else the first answer, as soon as there is one. What died after it had changed something, and
 * before it had an answer, is run anew only where that `resumes` it.
 *
 * @throws {RequestError} CONFLICT where the first died so, or still runs when the client is gone
 */
export async function claimKey(
  app: App,
  claim: Claim,
  { resumes, signal }: { resumes: boolean; signal: AbortSignal },
): Promise<{ answer: unknown } | null> {
  for (let pause = LOOK_MS.first; ; pause = Math.min(pause * 2, LOOK_MS.most)) {
    // The row is locked while a change is committed: it is looked at first, so that those who wait hold no connections.
    const found = await find(app, claim)
    if (found === null || found.expired) {
      if (await take(app, claim, found)) return null
    } else {
      if (Buffer.compare(found.inputHash, claim.hash) !== 0) throw reused()
      if (found.over && found.answer !== null) return { answer: found.answer }
      if (found.over && found.changed && !resumes) throw brokenOff()
      if (found.over && (await take(app, claim, found))) return null
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
    if (signal.aborted) throw new RequestError('CONFLICT', 'The first request with this key still runs.')
  }
}

async function find(app: App, { principalId, operation, key }: Claim): Promise<Found | null> {
  const { rows } = await app.database.pool.query<Found>(
    `select input_hash as "inputHash", answer, changed, ended or lease_until < clock_timestamp() as over,
       created_at <= $4 and (ended or lease_until < clock_timestamp()) as expired
     from idempotency_key where principal_id = $1 and operation = $2 and key = $3`,
    [principalId, operation, key, expiry(app)],
  )
  return rows[0] ?? null
}

/** Puts our attempt in: where there is none, where one was left by a dead process, or after the key's lifetime. */
async function take(app: App, claim: Claim, found: Found | null): Promise<boolean> {
  const { principalId, operation, key, hash, attempt } = claim
  const { rowCount } = await app.database.pool.query(
    `insert into idempotency_key as k (principal_id, operation, key, input_hash, attempt, lease_until, created_at)
     values ($1, $2, $3, $4, $5, clock_timestamp() + $6::interval, $7)
     on conflict (principal_id, operation, key) do update set input_hash = excluded.input_hash, answer = null,
       changed = false, ended = false, attempt = excluded.attempt, lease_until = excluded.lease_until,
       created_at = excluded.created_at
     where (k.ended or k.lease_until < clock_timestamp())
       and (k.created_at <= $8 or (k.answer is null and k.changed = $9 and k.input_hash = excluded.input_hash))`,
    [
      principalId,
      operation,
      key,
      hash,
      attempt,
      LEASE,
      app.clock.now(),
      expiry(app),
      found?.changed ?? false,
    ],
  )
  return rowCount === 1
}

function expiry(app: App): Date {
  return new Date(app.clock.now().getTime() - KEY_LIFETIME_MS)
}

/** The attempt runs on. */
export async function renewLease(app: App, { attempt, ...claim }: Claim): Promise<void> {
  await app.database.pool.query(
    `update idempotency_key set lease_until = clock_timestamp() + $5::interval
     where principal_id = $1 and operation = $2 and key = $3 and attempt = $4 and not ended`,
    [claim.principalId, claim.operation, claim.key, attempt, LEASE],
  )
}

/** The attempt has come to its end with this answer, which is what was kept with its change where there was one. */
export async function keepAnswer(app: App, { attempt, ...claim }: Claim, answer: string): Promise<void> {
  await app.database.pool.query(
    `update idempotency_key set answer = case when ended then answer else $5 end, ended = true
     where principal_id = $1 and operation = $2 and key = $3 and attempt = $4`,
    [claim.principalId, claim.operation, claim.key, attempt, answer],
  )
}

/** The attempt was refused: whoever mends the input may have the key. What has its final answer was not, whatever followed. */
export async function freeKey(app: App, { attempt, ...claim }: Claim): Promise<void> {
  await app.database.pool.query(
    `delete from idempotency_key
     where principal_id = $1 and operation = $2 and key = $3 and attempt = $4 and not ended`,
    [claim.principalId, claim.operation, claim.key, attempt],
  )
}

function reused(): UserError {
  const message =
    'This key was used for another input within the last 24 hours: draw a new one for each request.'
  return new UserError('IDEMPOTENCY_KEY_REUSED', message, ['idempotencyKey'])
}

function brokenOff(): RequestError {
  return new RequestError(
    'CONFLICT',
    'The first request with this key was broken off after it had changed something, and its answer is lost: nothing was done again. See in the audit log what it did, and draw a new key for what is left.',
  )
}
