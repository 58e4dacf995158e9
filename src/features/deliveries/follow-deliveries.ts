import { z } from 'zod'
import type { App } from '../../app.ts'
import type { Reach } from '../../auth/authorize.ts'
import { decodePlace, encodePlace, refuseForeignSnapshot, snapshotText } from '../../events/stream-cursor.ts'
import { Bell } from '../../lib/bell.ts'
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

/** What the snapshot `to` sees and `from` did not is read up to delivery `id`; null: all of it is. */
interface Position {
  from: string
  to: string
  id: string | null
}

/**
 * Deliveries as their attempts end, or from behind `after` on: none is left out. Each is told as it is when it is read, so that of two
 * changes in quick succession the later one is told. Nothing is held for a slow reader, who reads on in the table.
 */
export async function* followDeliveries(
  app: App,
  followed: Followed,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<Changed, void, undefined> {
  const bell = new Bell(signal)
  const stopRinging = app.bus.onRing(() => bell.ring())
  try {
    let position = after === null ? await present(app) : decode(after)
    while (!signal.aborted) {
      if (position.id === null) {
        const { to } = await present(app)
        position = { from: position.to, to, id: LOWEST }
      }
      const ids = await read(app, followed, position)
      for (const id of ids) {
        position = { ...position, id }
        yield { deliveryId: id, cursor: encode(position) }
      }
      if (ids.length === BATCH) continue
      position = { ...position, id: null }
      await bell.wait(GATHER_MS, POLL_MS)
    }
  } finally {
    stopRinging()
  }
}

/** Before every id. */
const LOWEST = '00000000-0000-0000-0000-000000000000'
const VERSION = 1
const wire = z.strictObject({
  v: z.literal(VERSION),
  f: snapshotText,
  t: snapshotText,
  i: z.string().refine(isUuid),
})

/** Opaque base64url. */
function encode({ from, to, id }: Position): string {
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
  const { snapshot } = rows[0]!
  return { from: snapshot, to: snapshot, id: null }
}

async function read(app: App, { reach, webhookId }: Followed, { from, to, id }: Position): Promise<string[]> {
  const { rows } = await app.database.pool
    .query<{ id: string }>({
      name: 'patchbay_deliveries_follow',
      text: `select id from webhook_delivery
        where changed_xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(changed_xid, $1::pg_snapshot)
          and pg_visible_in_snapshot(changed_xid, $2::pg_snapshot) and id > $3
          and ($4 or organization_id = any($5::uuid[])) and ($6::uuid is null or webhook_id = $6)
        order by id limit ${BATCH}`,
      values: [
        from,
        to,
        id,
        reach.everywhere,
        reach.everywhere ? [] : reach.organizationIds,
        webhookId ?? null,
      ],
    })
    .catch(refuseForeignSnapshot)
  return rows.map((row) => row.id)
}
