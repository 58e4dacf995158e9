import { z } from 'zod'
import { RequestError } from '../lib/errors.ts'

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
const SNAPSHOT = /^\d{1,20}:\d{1,20}:(\d{1,20}(,\d{1,20})*)?$/

const wire = z.strictObject({
  v: z.literal(VERSION),
  f: z.string().regex(SNAPSHOT).nullable(),
  t: z.string().regex(SNAPSHOT),
  s: z.string().regex(/^\d{1,18}$/),
  i: z.int().min(-1).max(100_000),
})

/** The cursor as it goes out: opaque base64url. */
export function encodeEventCursor(cursor: EventCursor): string {
  const json = { v: VERSION, f: cursor.from, t: cursor.to, s: String(cursor.seq), i: cursor.index }
  return Buffer.from(JSON.stringify(json)).toString('base64url')
}

/** The cursor that a client brings back; BAD_USER_INPUT where it is none of ours. */
export function decodeEventCursor(text: string): EventCursor {
  const parsed = wire.safeParse(parseJson(Buffer.from(text, 'base64url').toString('utf8')))
  if (!parsed.success) {
    throw new RequestError(
      'BAD_USER_INPUT',
      '`after` is not a cursor of this stream; leave it out to begin now.',
    )
  }
  const { f, t, s, i } = parsed.data
  return { from: f, to: t, seq: BigInt(s), index: i }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
