import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { Attempt, ToldChange } from '../../events/attempt.ts'
import { messageOf, RequestError, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Tx } from '../../platform/database.ts'
import type { Context } from '../context.ts'
import { answerAgain, keptAnswer } from './answer.ts'
import type { Call, Done } from './audited.ts'
import { claimKey, freeKey, keepAnswer, renewLease, RENEW_MS, type Claim } from './claim-key.ts'
import { inputHash } from './input-hash.ts'

const MAX_KEY_LENGTH = 200

/** How a mutation is repeated. */
export interface Repeating {
  /** Fields of the payload that hold a secret: a repeat is not told them. */
  toldOnce: readonly string[]
  /** What died amid it is gone on with by running it anew. */
  resumes: boolean
  /** The answer, as soon as it follows from one of the changes; null before. */
  answerOf: (told: ToldChange, tx: Tx) => Promise<object | null>
}

/**
 * Runs a mutation once for an idempotency key: a repeat of the same principal with the same input gets the first answer,
 * also while the first still runs, from another process, and where the first process died after the change, since the answer
 * is kept by the change's own transaction. IDEMPOTENCY_KEY_REUSED where the input is another one. What was refused frees the key.
 */
export async function once<Shape extends { userErrors?: readonly UserError[] }>(
  context: Context,
  call: Call,
  repeating: Repeating,
  run: () => Promise<Shape>,
): Promise<Done<Shape>> {
  const { idempotencyKey } = call.input as { idempotencyKey?: string | null }
  const { app, actor, signal } = context
  if (idempotencyKey === null || idempotencyKey === undefined || actor.principalId === null) {
    return { payload: await run(), repeated: false }
  }
  checkKey(idempotencyKey)
  const claim: Claim = {
    principalId: actor.principalId,
    operation: call.name,
    key: idempotencyKey,
    hash: await inputHash(app.derivationKey, call.input),
    attempt: newId(),
  }
  const first = await claimKey(app, claim, { resumes: repeating.resumes, signal })
  if (first !== null) return { payload: answerAgain(actor, first.answer) as Shape, repeated: true }
  return { payload: await runClaimed(app, actor, claim, repeating, run), repeated: false }
}

function checkKey(key: string): void {
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH && /^[\x20-\x7e]+$/.test(key)) return
  throw new UserError(
    'INVALID_INPUT',
    `An idempotency key is 1 to ${MAX_KEY_LENGTH} printable ASCII characters.`,
    ['idempotencyKey'],
  )
}

async function runClaimed<Shape extends { userErrors?: readonly UserError[] }>(
  app: App,
  actor: Actor,
  claim: Claim,
  repeating: Repeating,
  run: () => Promise<Shape>,
): Promise<Shape> {
  const renewing = setInterval(() => {
    void ours(app, 'the lease of an idempotency key could not be renewed', () => renewLease(app, claim))
  }, RENEW_MS)
  renewing.unref()
  const trail = actor.trail!
  trail.attempt = attemptOf(actor, claim, repeating)
  const free = () => ours(app, 'an idempotency key could not be freed', () => freeKey(app, claim))
  try {
    const payload = await run()
    const answer = keptAnswer(actor, payload, repeating.toldOnce)
    if ((payload.userErrors ?? []).length > 0) await free()
    else await ours(app, 'an answer could not be kept under its key', () => keepAnswer(app, claim, answer))
    return payload
  } catch (error) {
    await free()
    throw error
  } finally {
    clearInterval(renewing)
    trail.attempt = undefined
  }
}

function attemptOf(actor: Actor, claim: Claim, { toldOnce, answerOf }: Repeating): Attempt {
  let lost = false
  const write = async (tx: Tx, answer: object | null, final: boolean): Promise<void> => {
    // Where another has taken over, our first change is refused; what then takes back what we had begun is our own affair.
    if (lost) return
    const kept = answer === null ? null : keptAnswer(actor, answer, toldOnce)
    const written = await tx.$executeRaw`
      update idempotency_key set changed = true, answer = coalesce(answer, ${kept}::jsonb), ended = ended or ${final}
      where principal_id = ${claim.principalId}::uuid and operation = ${claim.operation} and key = ${claim.key}
        and attempt = ${claim.attempt}::uuid`
    if (written > 0) return
    lost = true
    const message =
      'Another request with this key has taken over, since this one was out of touch for a minute: repeat it for the answer.'
    throw new RequestError('CONFLICT', message)
  }
  return {
    note: async (tx, told) => {
      const answer = await answerOf(told, tx)
      await write(tx, answer, answer !== null)
    },
    settle: async (tx, answer, { final } = { final: true }) => await write(tx, answer, final),
  }
}

/** What the mutation did, or why it was refused, is told to the caller also where our own row cannot be written. */
async function ours(app: App, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    app.log.error({ reason: messageOf(error) }, what)
  }
}
