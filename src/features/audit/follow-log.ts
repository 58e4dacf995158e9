import { z } from 'zod'
import type { App } from '../../app.ts'
import { Bell } from '../../lib/bell.ts'
import { seconds } from '../../lib/units.ts'
import type { Reach } from '../../auth/authorize.ts'
import { decodePlace, encodePlace } from '../../events/stream-cursor.ts'

/** An entry on its way to a follower. */
export interface Logged {
  entryId: string
  /** Its place: the number of its seal over all chains. */
  seq: bigint
}

/** Entries that are read at once. */
const BATCH = 100
/** Behind the doorbell: a ring that was lost costs no more than this. */
const POLL_MS = seconds(1)
/** Between two looks of one follower: others ring for each change, the log moves only when it is sealed. */
const GATHER_MS = 200

/**
 * Entries of the audit log as they are sealed, or from behind `after` on, without gap or duplicate: one sealer at a time
 * numbers them, and commits in that order. Nothing is held for a slow reader, who reads on in the table.
 */
export async function* followLog(
  app: App,
  reach: Reach,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<Logged, void, undefined> {
  const bell = new Bell(signal)
  const stopRinging = app.bus.onRing(() => bell.ring())
  try {
    let position = after === null ? await lastSeq(app) : BigInt(decodePlace(wire, after).s)
    while (!signal.aborted) {
      const batch = await read(app, reach, position)
      for (const logged of batch.logged) {
        position = logged.seq
        yield logged
      }
      if (batch.logged.length < BATCH) {
        // What he may not see is behind him as well.
        if (batch.end > position) position = batch.end
        await bell.wait(GATHER_MS, POLL_MS)
      }
    }
  } finally {
    stopRinging()
  }
}

const VERSION = 1
const wire = z.strictObject({ v: z.literal(VERSION), s: z.string().regex(/^\d{1,18}$/) })

/** The place behind an entry: opaque base64url. */
export function encodeCursor({ seq }: Pick<Logged, 'seq'>): string {
  return encodePlace({ v: VERSION, s: String(seq) })
}

async function lastSeq(app: App): Promise<bigint> {
  const { rows } = await app.database.pool.query<{ seq: string }>(
    'select coalesce(max(seq), 0)::text as seq from audit_seal',
  )
  return BigInt(rows[0]!.seq)
}

/** The next entries that the reach covers, and up to where the log was read; both of one statement. */
async function read(app: App, reach: Reach, position: bigint): Promise<{ logged: Logged[]; end: bigint }> {
  const { rows } = await app.database.pool.query<{ end: string; seq: string | null; entry_id: string }>({
    name: 'patchbay_audit_follow',
    text: `select m.end, s.seq, s.entry_id from (select coalesce(max(seq), 0)::text as end from audit_seal) m
      left join lateral (
        select seal.seq::text, seal.entry_id from audit_seal seal join audit_entry e on e.id = seal.entry_id
        where seal.seq > $1 and ($2 or seal.chain = any($3::uuid[]))
        order by seal.seq limit ${BATCH}
      ) s on true
      order by s.seq::bigint`,
    values: [position.toString(), reach.everywhere, reach.everywhere ? [] : reach.organizationIds],
  })
  const logged = rows.filter((row) => row.seq !== null)
  return {
    logged: logged.map(({ seq, entry_id: entryId }) => ({ seq: BigInt(seq!), entryId })),
    end: BigInt(rows[0]!.end),
  }
}
