import type { Pool } from 'pg'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../platform/log.ts'

/** Where the cluster's name is kept; all processes of a database agree on it. */
const SETTING = 'cluster'

/**
 * Transaction ids mean something in one cluster only. Where this database was restored from a dump of another one, its
 * events are given ids of this one: what the relay had done is past, and the rest is new, so that nothing is done twice
 * and nothing is left out.
 */
export async function adoptRestoredEvents(pool: Pool, log: Log): Promise<void> {
  const here = await clusterOf(pool, log)
  if (here === null) return
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query("select pg_advisory_xact_lock(hashtext('patchbay adopt events'))")
    const { rows } = await client.query<{ value: string }>(
      "select value #>> '{}' as value from service_setting where name = $1",
      [SETTING],
    )
    const known = rows[0]?.value
    if (known !== undefined && known !== here) {
      log.warn('this database comes from another cluster: its events are taken over')
      // Taken before this transaction has an id, so that it cannot see what is given that id: of a later one, nothing
      // would tell where another transaction ended meanwhile, since a snapshot does not list its own.
      const { rows: snapshots } = await client.query<{ now: string }>(
        'select pg_current_snapshot()::text as now',
      )
      await client.query(`
        update event set xid = case
          when seq > coalesce((select seq from relay_position where id = 1), 0) then pg_current_xact_id() else '3'::xid8 end`)
      await client.query('delete from invocation_finish where xid >= pg_current_xact_id()')
      await client.query('update relay_position set snapshot = $1, window_start = null, window_seq = null', [
        snapshots[0]!.now,
      ])
    }
    if (known !== here) {
      await client.query(
        'insert into service_setting (name, value) values ($1, to_jsonb($2::text)) on conflict (name) do update set value = excluded.value',
        [SETTING, here],
      )
    }
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

/** The cluster's own name for itself; null where this role may not ask (then a restored dump goes unnoticed). */
async function clusterOf(pool: Pool, log: Log): Promise<string | null> {
  try {
    const { rows } = await pool.query<{ id: string }>(
      'select system_identifier::text as id from pg_control_system()',
    )
    return rows[0]!.id
  } catch (error) {
    log.warn(
      { reason: messageOf(error) },
      'this role may not ask which cluster it is: a restored dump goes unnoticed',
    )
    return null
  }
}
