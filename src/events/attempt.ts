import type { JsonObject } from '../lib/json.ts'
import type { Tx } from '../platform/database.ts'

/** An event as it is told of an attempt. */
export interface ToldChange {
  id: string
  type: string
  payload: JsonObject
  subjectId: string | null
  organizationId: string | null
  siteId: string | null
}

/**
 * One run of a mutation for an idempotency key. Its answer is kept in the transaction that makes the change, so that whoever
 * repeats it after a process died gets that answer and not a second change.
 *
 * Both methods refuse with CONFLICT, which takes the change back, where another run has taken over meanwhile.
 */
export interface Attempt {
  /** Notes that a change is made; where the mutation says its answer by that, the answer with it. */
  note: (tx: Tx, told: ToldChange) => Promise<void>
  /** Keeps the answer; `final` false: what follows may yet refuse it, and it is told only where this process dies meanwhile. */
  settle: (tx: Tx, answer: object, options?: { final: boolean }) => Promise<void>
}
