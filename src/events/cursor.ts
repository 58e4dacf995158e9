import { z } from 'zod'
import { decodePlace, encodePlace, snapshotText } from './stream-cursor.ts'

/**
 * A place in the stream of events. A batch is what the snapshot `to` sees and `from` did not, in the order of the
 * events' numbers; `seq` is the last one that was read of it, and `index` the part of that event (an event may carry
 * several measurements). What comes after is the rest of the batch, and then all that `to` does not see.
 */
export interface EventCursor {
  /** `pg_snapshot` as text; null: sees nothing. */
  from: string | null
  to: string
  seq: bigint
  index: number
}

const VERSION = 1

const wire = z.strictObject({
  v: z.literal(VERSION),
  f: snapshotText.nullable(),
  t: snapshotText,
  s: z.string().regex(/^\d{1,18}$/),
  i: z.int().min(-1).max(100_000),
})

/** The cursor as it goes out: opaque base64url. */
export function encodeEventCursor(cursor: EventCursor): string {
  return encodePlace({ v: VERSION, f: cursor.from, t: cursor.to, s: String(cursor.seq), i: cursor.index })
}

/** The cursor that a client brings back; BAD_USER_INPUT where it is none of ours. */
export function decodeEventCursor(text: string): EventCursor {
  const { f, t, s, i } = decodePlace(wire, text)
  return { from: f, to: t, seq: BigInt(s), index: i }
}
