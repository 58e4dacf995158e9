import { z } from 'zod'
import type { App } from '../../app.ts'
import type { Reach } from '../../auth/authorize.ts'
import { decodePlace, encodePlace, refuseForeignSnapshot, snapshotText } from '../../events/stream-cursor.ts'
import { followBatches, type Batch } from '../../lib/follow-batches.ts'
import { isUuid } from '../../lib/ids.ts'
import { seconds } from '../../lib/units.ts'

/** Which deliveries are followed: of these organizations, and of one webhook where it is named. */
export interface Followed {
  reach: Reach
  webhookId: string | undefined
}

/** A delivery of which an attempt has ended, and the place behind it. */
export interface Changed {
  deliveryId: string
  cursor: string
}

/** Rows that are read at once. */
const BATCH = 100
/** Behind the doorbell: a ring that was lost costs no more than this. */
const POLL_MS = seconds(1)
/** Between two looks of one follower: others ring for each change. */
const GATHER_MS = 100

/** What the snapshot `to` sees and `from` did not, behind delivery `id`; null: up to the present, from its beginning. */
interface Position {
  from: string
  to: string | null
  id: string | null
}

/**
 * Deliveries as their attempts end, or from behind `after` on: none is left out. Each is told as it is when it is read, so that of two
 * changes in quick succession the later one is told. Nothing is held for a slow reader, who reads on in the table.
 */
export function followDeliveries(
  app: App,
  followed: Followed,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<Changed, void, undefined> {
  return followBatches(
    {
      begin: async () => (after === null ? await present(app) : decode(after)),
      read: (position) => read(app, followed, position),
      listen: (ring) => app.bus.onRing(ring),
      gatherMs: GATHER_MS,
      pollMs: POLL_MS,
    },
    signal,
  )
}

const VERSION = 1
const wire = z.strictObject({
  v: z.literal(VERSION),
  f: snapshotText,
  t: snapshotText,
  i: z.string().refine(isUuid),
})

/** Opaque base64url. */
function encode({ from, to, id }: { from: string; to: string; id: string }): string {
  return encodePlace({ v: VERSION, f: from, t: to, i: id })
}

function decode(text: string): Position {
  const { f, t, i } = decodePlace(wire, text)
  return { from: f, to: t, id: i }
}

async function present(app: App): Promise<Position> {
  const { rows } = await app.database.pool.query<{ snapshot: string }>(
    'select pg_current_snapshot()::text as snapshot',
  )
  return { from: rows[0]!.snapshot, to: null, id: null }
}

/** The next deliveries, up to the snapshot of the statement where none is given. */
async function read(
  app: App,
  { reach, webhookId }: Followed,
  { from, to: until, id: last }: Position,
): Promise<Batch<Changed, Position>> {
  const { rows } = await app.database.pool
    .query<{ to: string; id: string | null }>({
      name: 'patchbay_deliveries_follow',
      text: `select s.until::text as "to", d.id
        from (select coalesce($2::pg_snapshot, pg_current_snapshot()) as until) s
        left join lateral (
          select id from webhook_delivery
          where changed_xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(changed_xid, $1::pg_snapshot)
            and pg_visible_in_snapshot(changed_xid, s.until) and ($3::uuid is null or id > $3)
            and ($4 or organization_id = any($5::uuid[])) and ($6::uuid is null or webhook_id = $6)
          order by id limit ${BATCH}
        ) d on true
        order by d.id`,
      values: [
        from,
        until,
        last,
        reach.everywhere,
        reach.everywhere ? [] : reach.organizationIds,
        webhookId ?? null,
      ],
    })
    .catch(refuseForeignSnapshot)
  const { to } = rows[0]!
  const places = rows.flatMap(({ id }) => (id === null ? [] : [{ from, to, id }]))
  const items = places.map((place) => ({ deliveryId: place.id, cursor: encode(place) }))
  if (items.length === BATCH) return { items, next: places.at(-1)!, more: true }
  // Behind the rest of a batch that a cursor stands in, what came since is looked for at once.
  return { items, next: { from: to, to: null, id: null }, more: until !== null }
}
