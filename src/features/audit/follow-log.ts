import { z } from 'zod'
import type { App } from '../../app.ts'
import { followBatches, type Batch } from '../../lib/follow-batches.ts'
import { seconds } from '../../lib/units.ts'
import type { Reach } from '../../auth/authorize.ts'
import { decodePlace, encodePlace } from '../../events/stream-cursor.ts'

/** An entry that has been sealed, and the place behind it. */
export interface Logged {
  entryId: string
  cursor: string
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
export function followLog(
  app: App,
  reach: Reach,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<Logged, void, undefined> {
  return followBatches(
    {
      begin: async () => (after === null ? await lastSeq(app) : BigInt(decodePlace(wire, after).s)),
      read: (position) => read(app, reach, position),
      listen: (ring) => app.bus.onRing(ring),
      gatherMs: GATHER_MS,
      pollMs: POLL_MS,
    },
    signal,
  )
}

const VERSION = 1
const wire = z.strictObject({ v: z.literal(VERSION), s: z.string().regex(/^\d{1,18}$/) })

/** The place behind an entry, by the number of its seal over all chains: opaque base64url. */
export function encodeCursor(seq: bigint): string {
  return encodePlace({ v: VERSION, s: String(seq) })
}

async function lastSeq(app: App): Promise<bigint> {
  const { rows } = await app.database.pool.query<{ seq: string }>(
    'select coalesce(max(seq), 0)::text as seq from audit_seal',
  )
  return BigInt(rows[0]!.seq)
}

/** The next entries that the reach covers, and up to where the log was read; both of one statement. */
async function read(app: App, reach: Reach, position: bigint): Promise<Batch<Logged, bigint>> {
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
  const items = rows.flatMap(({ seq, entry_id: entryId }) =>
    seq === null ? [] : [{ entryId, cursor: encodeCursor(BigInt(seq)) }],
  )
  const last = BigInt(rows.at(-1)!.seq ?? position)
  if (items.length === BATCH) return { items, next: last, more: true }
  // What he may not see is behind him as well.
  const end = BigInt(rows[0]!.end)
  return { items, next: end > last ? end : last, more: false }
}
