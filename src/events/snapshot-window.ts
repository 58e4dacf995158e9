import type { App } from '../app.ts'
import type { Batch } from '../lib/follow-batches.ts'

/**
 * A place in what changes: what the snapshot `to` sees and `from` did not, behind the row `last`. Numbers or times alone would
 * lose the row of a transaction that commits late.
 */
export interface SnapshotWindow<Last> {
  /** `pg_snapshot` as text. */
  from: string
  /** Null: up to the present. */
  to: string | null
  /** Null: from its beginning. */
  last: Last | null
}

/** A window within which a row was read, as a cursor tells it. */
export interface ReadWindow<Last> {
  from: string
  to: string
  last: Last
}

/** Nothing that is committed already lies in it. */
export async function windowFromNow(app: App): Promise<SnapshotWindow<never>> {
  const { rows } = await app.database.pool.query<{ snapshot: string }>(
    'select pg_current_snapshot()::text as snapshot',
  )
  return { from: rows[0]!.snapshot, to: null, last: null }
}

/**
 * What was read of a window, and where to go on.
 *
 * @param to up to which snapshot the statement read: its own where the window said none
 * @param found the rows, in order, and at most `limit`
 */
export function batchOf<Last, Item>(
  window: SnapshotWindow<Last>,
  { to, found, limit }: { to: string; found: readonly Last[]; limit: number },
  itemOf: (place: ReadWindow<Last>) => Item,
): Batch<Item, SnapshotWindow<Last>> {
  const places = found.map((last) => ({ from: window.from, to, last }))
  const items = places.map(itemOf)
  if (items.length === limit) return { items, next: places.at(-1)!, more: true }
  // Behind the rest of a batch that a cursor stands in, what came since is looked for at once.
  return { items, next: { from: to, to: null, last: null }, more: window.to !== null }
}
