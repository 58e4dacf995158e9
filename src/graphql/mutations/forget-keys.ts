import type { App } from '../../app.ts'
import { KEY_LIFETIME_MS } from './claim-key.ts'

/** Keys that go in one statement: it holds no lock for long. */
const BATCH = 5_000

/** Deletes idempotency keys after their lifetime; those whose mutation still runs stay. Returns how many went. */
export async function forgetIdempotencyKeys(app: App): Promise<number> {
  const expired = new Date(app.clock.now().getTime() - KEY_LIFETIME_MS)
  for (let forgotten = 0; ;) {
    const { rowCount } = await app.database.pool.query(
      `delete from idempotency_key where (principal_id, operation, key) in (
         select principal_id, operation, key from idempotency_key
         where created_at <= $1 and (ended or lease_until < clock_timestamp()) limit ${BATCH})`,
      [expired],
    )
    forgotten += rowCount ?? 0
    if ((rowCount ?? 0) < BATCH) return forgotten
  }
}
