import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { messageOf, RequestError, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { hours, seconds } from '../../lib/units.ts'
import type { Context } from '../context.ts'
import { answerAgain, keptAnswer } from './answer.ts'
import type { Call, Done } from './audited.ts'
import { inputHash } from './input-hash.ts'

/** Longer than clients try again after a failure, and short enough that keys need not be unique for ever. */
export const KEY_LIFETIME_MS = hours(24)
/** An attempt that has not been renewed for so long belongs to a process that is dead. By the database's clock. */
const LEASE = '60 seconds'
const RENEW_MS = seconds(20)
/** Between two looks at an attempt that still runs; most are over after the first. */
const LOOK_MS = { first: 20, most: 250 }
const MAX_KEY_LENGTH = 200

/**
 * Runs a mutation once for an idempotency key: a repeat of the same principal with the same input gets the first answer,
 * also while the first still runs, and from another process. IDEMPOTENCY_KEY_REUSED where the input is another one. What was
 * refused frees the key. A process that dies between the change and this answer leaves the key without one: after its lease
 * a repeat runs anew, and finds what was done (ALREADY_EXISTS, INVALID_STATE).
 */
export async function once<Shape extends { userErrors?: readonly UserError[] }>(
  context: Context,
  call: Call,
  toldOnce: readonly string[],
  run: () => Promise<Shape>,
): Promise<Done<Shape>> {
  const { idempotencyKey } = call.input as { idempotencyKey?: string | null }
  const { app, actor } = context
  if (idempotencyKey === null || idempotencyKey === undefined || actor.principalId === null) {
    return { payload: await run(), repeated: false }
  }
  checkKey(idempotencyKey)
  const claim: Claim = {
    principalId: actor.principalId,
    operation: call.name,
    key: idempotencyKey,
    hash: await inputHash(app.masterKey, call.input),
    attempt: newId(),
  }
  const first = await claimOrWait(app, claim, context.signal)
  if (first !== null) return { payload: answerAgain(actor, first.answer) as Shape, repeated: true }
  return { payload: await runClaimed(app, actor, claim, toldOnce, run), repeated: false }
}

interface Claim {
  principalId: string
  /** Name of the mutation. */
  operation: string
  key: string
  hash: Uint8Array<ArrayBuffer>
  /** Whoever took over after us has another one: we write no more. */
  attempt: string
}

function checkKey(key: string): void {
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH && /^[\x20-\x7e]+$/.test(key)) return
  throw new UserError(
    'INVALID_INPUT',
    `An idempotency key is 1 to ${MAX_KEY_LENGTH} printable ASCII characters.`,
    ['idempotencyKey'],
  )
}

/** Null: it is ours to run. Else the first answer, as soon as there is one. */
async function claimOrWait(app: App, claim: Claim, signal: AbortSignal): Promise<{ answer: unknown } | null> {
  for (let pause = LOOK_MS.first; ; pause = Math.min(pause * 2, LOOK_MS.most)) {
    if (await take(app, claim)) return null
    const { principalId, operation, key } = claim
    const found = await app.database.prisma.idempotencyKey.findUnique({
      where: { principalId_operation_key: { principalId, operation, key } },
      select: { inputHash: true, answer: true },
    })
    if (found !== null && Buffer.compare(found.inputHash, claim.hash) !== 0) {
      throw new UserError(
        'IDEMPOTENCY_KEY_REUSED',
        'This key was used for another input within the last 24 hours: draw a new one for each request.',
        ['idempotencyKey'],
      )
    }
    if (found !== null && found.answer !== null) return { answer: found.answer }
    await new Promise((resolve) => setTimeout(resolve, pause))
    if (signal.aborted) throw new RequestError('CONFLICT', 'The first request with this key still runs.')
  }
}

/** Puts our attempt in: where there is none, where one was left by a dead process, or after the key's lifetime. */
async function take(app: App, { principalId, operation, key, hash, attempt }: Claim): Promise<boolean> {
  const now = app.clock.now()
  const expired = new Date(now.getTime() - KEY_LIFETIME_MS)
  const { rowCount } = await app.database.pool.query(
    `insert into idempotency_key as k (principal_id, operation, key, input_hash, attempt, lease_until, created_at)
     values ($1, $2, $3, $4, $5, clock_timestamp() + $6::interval, $7)
     on conflict (principal_id, operation, key) do update set input_hash = excluded.input_hash, answer = null,
       attempt = excluded.attempt, lease_until = excluded.lease_until, created_at = excluded.created_at
     where (k.answer is not null or k.lease_until < clock_timestamp())
       and (k.created_at <= $8 or (k.answer is null and k.input_hash = excluded.input_hash))`,
    [principalId, operation, key, hash, attempt, LEASE, now, expired],
  )
  return rowCount === 1
}

async function runClaimed<Shape extends { userErrors?: readonly UserError[] }>(
  app: App,
  actor: Actor,
  claim: Claim,
  toldOnce: readonly string[],
  run: () => Promise<Shape>,
): Promise<Shape> {
  const renewing = setInterval(() => void renew(app, claim), RENEW_MS)
  renewing.unref()
  try {
    const payload = await run()
    if ((payload.userErrors ?? []).length > 0) await free(app, claim)
    else await keep(app, claim, keptAnswer(actor, payload, toldOnce))
    return payload
  } catch (error) {
    await free(app, claim)
    throw error
  } finally {
    clearInterval(renewing)
  }
}

async function renew(app: App, { attempt, ...claim }: Claim): Promise<void> {
  await ours(app, 'the lease of an idempotency key could not be renewed', async () => {
    await app.database.pool.query(
      `update idempotency_key set lease_until = clock_timestamp() + $5::interval
       where principal_id = $1 and operation = $2 and key = $3 and attempt = $4 and answer is null`,
      [claim.principalId, claim.operation, claim.key, attempt, LEASE],
    )
  })
}

async function keep(app: App, { attempt, ...claim }: Claim, answer: string): Promise<void> {
  await ours(app, 'an answer could not be kept under its idempotency key', async () => {
    await app.database.pool.query(
      `update idempotency_key set answer = $5
       where principal_id = $1 and operation = $2 and key = $3 and attempt = $4`,
      [claim.principalId, claim.operation, claim.key, attempt, answer],
    )
  })
}

async function free(app: App, { attempt, ...claim }: Claim): Promise<void> {
  await ours(app, 'an idempotency key could not be freed', async () => {
    await app.database.pool.query(
      `delete from idempotency_key where principal_id = $1 and operation = $2 and key = $3 and attempt = $4`,
      [claim.principalId, claim.operation, claim.key, attempt],
    )
  })
}

/** What the mutation did, or why it was refused, is told to the caller also where our own row cannot be written. */
async function ours(app: App, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    app.log.error({ reason: messageOf(error) }, what)
  }
}
