import type { ClientBase, Pool } from 'pg'
import type { JsonObject } from '../lib/json.ts'
import { KiB, MiB } from '../lib/units.ts'

/** Of payloads that are read together, as text: each may have 1 MiB, and takes some times as much once it is parsed. */
const MOST_BYTES = 8 * MiB
/** 500 payloads of this size are as many bytes: they are read with their events, greater ones by a statement of their own. */
const SMALL_BYTES = 16 * KiB
/** As stored, which is mostly compressed, to an 87th at most: what is more is not read to know its size, and counts as the most that it may have. */
const MEASURED_BYTES = 8 * KiB
/** What an event is taken in with. */
const MOST_OF_ONE_BYTES = MiB

/** SQL: the size of an event's payload as text, where it is stored in few bytes. */
export const SIZE = `case when pg_column_size(e.payload) <= ${MEASURED_BYTES} then octet_length(e.payload::text) end as size`

/** SQL: the payload of a row with its `SIZE` where it is small; else it is withheld. */
export const SMALL_PAYLOAD = `case when e.size <= ${SMALL_BYTES} then e.payload end as payload`

/** An event as it is read first. */
export interface Sized {
  id: string
  /** Bytes; null where it was not looked at. */
  size: number | null
  /** Null where it is withheld. */
  payload: JsonObject | null
}

/** One with its payload. */
export type Loaded<Row extends Sized> = Row & { size: number; payload: JsonObject }

/**
 * As many of the rows as are few enough bytes, at least one, with all payloads; one whose event is gone meanwhile is left out. `last` is
 * up to which row they were looked at. What is not wanted is not read: it has an empty payload.
 */
export async function loadPayloads<Row extends Sized>(
  db: Pool | ClientBase,
  all: readonly Row[],
  isWanted: (row: Row) => boolean,
): Promise<{ loaded: Loaded<Row>[]; last: Row | undefined }> {
  const rows = all.map((row) => (isLoaded(row) || isWanted(row) ? row : { ...row, size: 0, payload: {} }))
  const taken = withinBytes(rows)
  const withheld = taken.filter((row) => !isLoaded(row))
  const great = withheld.length === 0 ? new Map<string, Great>() : await loadGreat(db, withheld)
  const loaded: Loaded<Row>[] = []
  let last: Row | undefined
  for (const row of taken) {
    const found = great.get(row.id)
    if (found?.is_within === false) break
    if (isLoaded(row)) loaded.push(row)
    else if (found !== undefined) loaded.push({ ...row, size: found.size, payload: found.payload })
    last = row
  }
  return { loaded, last }
}

function withinBytes<Row extends Sized>(rows: readonly Row[]): readonly Row[] {
  let bytes = 0
  const end = rows.findIndex((row, index) => {
    bytes += row.size ?? MOST_OF_ONE_BYTES
    return bytes > MOST_BYTES && index > 0
  })
  return end === -1 ? rows : rows.slice(0, end)
}

function isLoaded<Row extends Sized>(row: Row): row is Loaded<Row> {
  return row.size !== null && row.payload !== null
}

interface Great {
  id: string
  size: number
  payload: JsonObject
  /** False: it was not read, since those before it are enough bytes. */
  is_within: boolean
}

/** The text may be longer than what was sent: of `1e300` it has 301 digits. So it is bounded here once more, by its true size. */
async function loadGreat(db: Pool | ClientBase, rows: readonly Sized[]): Promise<Map<string, Great>> {
  const { rows: found } = await db.query<Great>({
    name: 'patchbay_great_payloads',
    text: `select id, size, is_within, case when is_within then payload end as payload from (
        select id, size, payload, bytes <= ${MOST_BYTES} or bytes = size as is_within from (
          select id, size, payload, sum(size) over (order by seq) as bytes from (
            select id, seq, payload, octet_length(payload::text) as size from event where id = any ($1::uuid[]) offset 0
          ) e
        ) e
      ) e`,
    values: [rows.map(({ id }) => id)],
  })
  return new Map(found.map((row) => [row.id, row]))
}
