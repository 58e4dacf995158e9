import { grantsFingerprint, type Actor } from '../../auth/actor.ts'
import { RequestError } from '../../lib/errors.ts'

/** A first answer as it is kept: ids and JSON, from which each repeat selects what it asks for. */
interface Kept {
  /** JSON as text: what plugins answer may hold U+0000, which PostgreSQL's JSON cannot. */
  payload: string
  /** What the principal could do when it was given. */
  grants: string[]
}

/** What is kept of an answer; fields that are told only once are not. */
export function keptAnswer(actor: Actor, payload: object, toldOnce: readonly string[]): string {
  const entries = Object.entries(payload).filter(([key]) => !toldOnce.includes(key))
  const kept: Kept = { payload: JSON.stringify(Object.fromEntries(entries)), grants: grantsOf(actor) }
  return JSON.stringify(kept)
}

/** The answer that was kept. FORBIDDEN where the principal had more rights then: it may show what he may not see any more. */
export function answerAgain(actor: Actor, stored: unknown): unknown {
  const { payload, grants } = stored as Kept
  const now = new Set(grantsOf(actor))
  if (grants.every((grant) => now.has(grant))) return JSON.parse(payload)
  throw new RequestError(
    'FORBIDDEN',
    'Your rights have changed since this was done, so that its answer is not told again.',
  )
}

function grantsOf(actor: Actor): string[] {
  return grantsFingerprint(actor).split(' ')
}
