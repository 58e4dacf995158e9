import type { App } from '../../app.ts'
import { seal } from '../../platform/crypto.ts'
import { tryOpen } from '../../platform/master-keys.ts'
import { DATA_KEYS, type SealedColumn } from '../../platform/sealed-columns.ts'

/** Rows of one statement, so that none is locked for long. */
const BATCH = 500
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/** Seals anew under a master key what of a column is sealed under another one. Returns how many rows that were. */
export async function rewrapColumn(app: App, sealed: SealedColumn, keyId: string): Promise<number> {
  const { table, id, column } = sealed
  let rewrapped = 0
  for (let after = FIRST_ID; ;) {
    const { rows } = await app.database.pool.query<{ id: string; value: Uint8Array }>(
      `select ${id} as id, ${column} as value from ${table} where ${id} > $1 order by ${id} limit ${BATCH}`,
      [after],
    )
    const last = rows.at(-1)
    if (last === undefined) return rewrapped
    rewrapped += await rewrapRows(app, sealed, keyId, rows)
    after = last.id
  }
}

async function rewrapRows(
  app: App,
  { table, id, column, context }: SealedColumn,
  keyId: string,
  rows: readonly { id: string; value: Uint8Array }[],
): Promise<number> {
  const key = app.masterKeys.get(keyId)!
  const old = rows.filter((row) => tryOpen(key, row.value, context(row.id)) === null)
  if (old.length === 0) return 0
  const anew = old.map((row) => seal(key, app.masterKeys.open(row.value, context(row.id)), context(row.id)))
  const named = table === DATA_KEYS.table ? ', master_key_id = $4' : ''
  // Only what is still as it was read: whoever wrote meanwhile has sealed under the key in force.
  const { rowCount } = await app.database.pool.query(
    `update ${table} t set ${column} = v.anew${named}
     from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as v(id, value, anew)
     where t.${id} = v.id and t.${column} = v.value`,
    [
      old.map((row) => row.id),
      old.map((row) => Buffer.from(row.value)),
      anew.map((bytes) => Buffer.from(bytes)),
      ...(named === '' ? [] : [keyId]),
    ],
  )
  return rowCount ?? 0
}
