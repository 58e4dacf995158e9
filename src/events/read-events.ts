import type { ClientBase, Pool } from 'pg'
import type { EventRecord } from './catalog.ts'
import type { EventCursor } from './cursor.ts'
import { loadPayloads, SIZE, SMALL_PAYLOAD, type Loaded, type Sized } from './payload-bytes.ts'
import { refuseForeignSnapshot } from './stream-cursor.ts'

/** How far a reader is: everything that `to` sees up to number `seq`, or all of it where `seq` is null, is read. */
export interface EventPosition {
  from: string | null
  to: string
  seq: bigint | null
}

/** An event on its way to a subscriber, with the batch that its cursor is made from. */
export interface StreamedEvent {
  event: EventRecord
  from: string | null
  to: string
}

/** Events that were read together, in the order of their numbers. */
export interface EventBatch {
  events: EventRecord[]
  /** Where to go on. */
  position: EventPosition
  /** The snapshots of this batch, for cursors. */
  from: string | null
  to: string
}

/** Of hosts and plugins, too, or of our own events alone: great ones of others are empty then. */
export type WhosePayloads = 'all' | 'ours'

/** Rows that are read at once: enough to drain a burst quickly, few enough to hold in memory. */
const BATCH_SIZE = 500

/** Where the stream stands now: nothing that is committed already will be read from here. */
export async function currentPosition(db: Pool | ClientBase): Promise<EventPosition> {
  const { rows } = await db.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot')
  return { from: null, to: rows[0]!.snapshot, seq: null }
}

/**
 * The next events behind a position, in the order of their numbers: at least one if there is any, and of greater payloads so many only
 * as are few enough bytes.
 *
 * Numbers alone would lose events: a transaction that drew a low number may commit after one with a higher number was
 * read. So a batch is defined by two snapshots: what the new one sees and the old one did not. An old transaction that
 * stays open elsewhere only keeps the old snapshot's horizon back, which costs index rows, never an event.
 */
export async function readEvents(
  db: Pool | ClientBase,
  position: EventPosition,
  payloads: WhosePayloads = 'all',
): Promise<EventBatch> {
  if (position.seq !== null) {
    const rest = await readWindow(db, position.from, position.to, position.seq)
    if (rest.length > 0) return await toBatch(db, rest, position, payloads)
  }
  return await readNew(db, position.to, payloads)
}

/** What the table holds behind a cursor now; returns the snapshot up to which all was read. */
export async function* missedSince(
  db: Pool | ClientBase,
  after: EventCursor,
  signal?: AbortSignal,
): AsyncGenerator<StreamedEvent, string, undefined> {
  let position: EventPosition = { from: after.from, to: after.to, seq: after.seq }
  // A cursor of an event that carries several parts may stand between them: the event is read again.
  if (after.index >= 0) position = { ...position, seq: after.seq - 1n }
  for (;;) {
    const batch = await readEvents(db, position).catch(refuseForeignSnapshot)
    for (const event of batch.events) yield { event, from: batch.from, to: batch.to }
    position = batch.position
    const isRead = batch.events.length === 0 && position.seq === null
    if (isRead || signal?.aborted) return position.to
  }
}

/**
 * Whether a committed transaction's rows are seen by a snapshot (`xmin:xmax:xip,…`): PostgreSQL's own
 * `pg_visible_in_snapshot`, here so that events which a reader already had from the table can be told apart.
 */
export function isVisible(xid: bigint, snapshot: string): boolean {
  const [xmin, xmax, running] = snapshot.split(':') as [string, string, string]
  if (xid < BigInt(xmin)) return true
  if (xid >= BigInt(xmax)) return false
  return !running.split(',').includes(xid.toString())
}

/** What is left of a batch whose two snapshots are known. */
async function readWindow(
  db: Pool | ClientBase,
  from: string | null,
  to: string,
  seq: bigint,
): Promise<EventRow[]> {
  const { rows } = await db.query<EventRow>({
    name: 'patchbay_events_window',
    text: `select ${COLUMNS}, ${SMALL_PAYLOAD}, e.size from (
      select ${COLUMNS}, e.payload, ${SIZE} from event e
      where e.seq > $1 and pg_visible_in_snapshot(e.xid, $2::pg_snapshot)
        and ($3::text is null or not pg_visible_in_snapshot(e.xid, $3::pg_snapshot))
      order by e.seq limit ${BATCH_SIZE}) e
      order by e.seq`,
    values: [seq.toString(), to, from],
  })
  return rows
}

/** The next batch: snapshot and rows are of one statement, so they belong together. */
async function readNew(db: Pool | ClientBase, from: string, payloads: WhosePayloads): Promise<EventBatch> {
  const { rows } = await db.query<EventRow & { snapshot: string }>({
    name: 'patchbay_events_new',
    text: `select s.snapshot::text as snapshot, ${COLUMNS}, ${SMALL_PAYLOAD}, e.size
      from (select pg_current_snapshot() as snapshot) s
      left join lateral (
        select ${COLUMNS}, e.payload, ${SIZE} from event e
        where e.xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(e.xid, $1::pg_snapshot)
        order by e.seq limit ${BATCH_SIZE}
      ) e on true
      order by e.seq`,
    values: [from],
  })
  const found = rows.filter((row) => row.id !== null)
  return await toBatch(db, found, { from, to: rows[0]!.snapshot }, payloads)
}

/** As many of the rows as are few enough bytes; the others are read with the next batch. */
async function toBatch(
  db: Pool | ClientBase,
  rows: readonly EventRow[],
  { from, to }: Pick<EventPosition, 'from' | 'to'>,
  payloads: WhosePayloads,
): Promise<EventBatch> {
  const { loaded, last } = await loadPayloads(
    db,
    rows,
    ({ source }) => payloads === 'all' || source === 'patchbay',
  )
  const isAll = rows.length < BATCH_SIZE && last?.id === rows.at(-1)?.id
  const seq = isAll || last === undefined ? null : BigInt(last.seq)
  return { events: loaded.map(toRecord), position: { from, to, seq }, from, to }
}

const COLUMNS = `e.id, e.seq, e.xid, e.type, e.organization_id, e.site_id, e.subject_id, e.actor_id, e.source, e.occurred_at`

interface EventRow extends Sized {
  seq: string
  xid: string
  type: string
  organization_id: string | null
  site_id: string | null
  subject_id: string | null
  actor_id: string | null
  source: string
  occurred_at: Date
}

function toRecord(row: Loaded<EventRow>): EventRecord {
  return {
    id: row.id,
    seq: BigInt(row.seq),
    xid: BigInt(row.xid),
    type: row.type,
    organizationId: row.organization_id,
    siteId: row.site_id,
    subjectId: row.subject_id,
    actorId: row.actor_id,
    source: row.source,
    payload: row.payload,
    occurredAt: row.occurred_at,
    size: row.size,
  }
}
