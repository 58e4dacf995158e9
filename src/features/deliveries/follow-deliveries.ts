import { z } from 'zod'
import type { App } from '../../app.ts'
import type { Reach } from '../../auth/authorize.ts'
import { batchOf, windowFromNow, type ReadWindow, type SnapshotWindow } from '../../events/snapshot-window.ts'
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
      begin: async () => (after === null ? await windowFromNow(app) : decode(after)),
      read: (window) => read(app, followed, window),
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
function encode({ from, to, last }: ReadWindow<string>): string {
  return encodePlace({ v: VERSION, f: from, t: to, i: last })
}

/** Behind the delivery of that id. */
function decode(text: string): SnapshotWindow<string> {
  const { f, t, i } = decodePlace(wire, text)
  return { from: f, to: t, last: i }
}

/** The next deliveries, up to the snapshot of the statement where none is given. */
async function read(
  app: App,
  { reach, webhookId }: Followed,
  window: SnapshotWindow<string>,
): Promise<Batch<Changed, SnapshotWindow<string>>> {
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
        window.from,
        window.to,
        window.last,
        reach.everywhere,
        reach.everywhere ? [] : reach.organizationIds,
        webhookId ?? null,
      ],
    })
    .catch(refuseForeignSnapshot)
  const found = rows.flatMap(({ id }) => (id === null ? [] : [id]))
  return batchOf(window, { to: rows[0]!.to, found, limit: BATCH }, (place) => ({
    deliveryId: place.last,
    cursor: encode(place),
  }))
}
