import type { App } from '../../app.ts'

/** Rows of one statement: it holds no locks for long, and a first time after years is many statements. */
const BATCH = 10_000

/** Deletes what was rolled up by the minute and is older than it is kept. */
export async function forgetMinutes(app: App): Promise<void> {
  const before = new Date(app.clock.now().getTime() - app.config.retention.metricsMs)
  let deleted: number | null = BATCH
  while (deleted === BATCH) {
    const result: { rowCount: number | null } = await app.database.pool.query(
      `delete from invocation_minute where ctid = any(array(
         select ctid from invocation_minute where minute < $1 limit ${BATCH}))`,
      [before],
    )
    deleted = result.rowCount
  }
}
