import { z } from 'zod'
import type { App } from '../../app.ts'
import { batchOf, windowFromNow, type ReadWindow, type SnapshotWindow } from '../../events/snapshot-window.ts'
import { decodePlace, encodePlace, refuseForeignSnapshot, snapshotText } from '../../events/stream-cursor.ts'
import { followBatches, type Batch } from '../../lib/follow-batches.ts'
import { isUuid } from '../../lib/ids.ts'
import { onFinish, type Slot } from './finish-bell.ts'

/** A run that has finished, and the place behind it. */
export interface Finished {
  invocationId: string
  cursor: string
}

/** Rows that are read at once. */
const BATCH = 200
/** How late what finishes in another process is told; a look takes 0.1 ms. */
const POLL_MS = 250
/** Between two looks of one follower: a busy installation finishes hundreds of runs in a second. */
const GATHER_MS = 25

/** Runs are written down as finished in the transaction of the finish, whose number comes first in the order of a window. */
interface Finish {
  xid: string
  id: string
}

/**
 * Runs at a slot as they finish, or from behind `after` on: each finish is told once, none is left out, for as long as they are kept.
 * A run that is repeated finishes again. Nothing is held for a slow reader, who reads on in the table.
 */
export function followFinished(
  app: App,
  slot: Slot,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<Finished, void, undefined> {
  return followBatches(
    {
      begin: async () => (after === null ? await windowFromNow(app) : decode(after)),
      read: (window) => read(app, slot, window),
      listen: (ring) => onFinish(app, slot, ring),
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
  x: z.string().regex(/^\d{1,20}$/),
  i: z.string().refine(isUuid),
})

/** Opaque base64url. */
function encode({ from, to, last }: ReadWindow<Finish>): string {
  return encodePlace({ v: VERSION, f: from, t: to, x: last.xid, i: last.id })
}

function decode(text: string): SnapshotWindow<Finish> {
  const { f, t, x, i } = decodePlace(wire, text)
  return { from: f, to: t, last: { xid: x, id: i } }
}

/** The next runs, up to the snapshot of the statement where none is given. */
async function read(
  app: App,
  { siteId, pluginId }: Slot,
  window: SnapshotWindow<Finish>,
): Promise<Batch<Finished, SnapshotWindow<Finish>>> {
  const { from, to, last } = window
  const { rows } = await app.database.pool
    .query<{ to: string; xid: string | null; id: string }>({
      name: 'patchbay_finished_runs',
      text: `select s.until::text as "to", f.xid::text as xid, f.invocation_id as id
        from (select coalesce($2::pg_snapshot, pg_current_snapshot()) as until) s
        left join lateral (
          select f.xid, f.invocation_id from invocation_finish f
          where f.installation_id in (select id from installation where site_id = $5 and plugin_id = $6)
            and f.xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(f.xid, $1::pg_snapshot)
            and pg_visible_in_snapshot(f.xid, s.until)
            and ($3::text is null or (f.xid, f.invocation_id) > ($3::text::xid8, $4::uuid))
          order by f.xid, f.invocation_id limit ${BATCH}
        ) f on true
        order by f.xid, f.invocation_id`,
      values: [from, to, last?.xid ?? null, last?.id ?? null, siteId, pluginId],
    })
    .catch(refuseForeignSnapshot)
  const found = rows.flatMap(({ xid, id }) => (xid === null ? [] : [{ xid, id }]))
  return batchOf(window, { to: rows[0]!.to, found, limit: BATCH }, (place) => ({
    invocationId: place.last.id,
    cursor: encode(place),
  }))
}
