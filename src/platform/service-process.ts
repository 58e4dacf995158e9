import type { Pool } from 'pg'
import { messageOf } from '../lib/errors.ts'
import { seconds } from '../lib/units.ts'
import { COUNT_CRASHED } from './count-crashed.ts'
import type { Log } from './log.ts'

const BEAT_MS = seconds(3)
/** Three missed beats: then its work is given back. */
const DEAD_AFTER_MS = 3 * BEAT_MS

/** The heartbeat of this process in the database, by which others know that it lives. */
export interface ServiceProcess {
  /** Names of queue workers whose locks are released when this process is dead. */
  addQueueWorker(name: string): Promise<void>
  stop(): Promise<void>
}

export interface ServiceProcessOptions {
  id: string
  role: string
  /** No other process can be on this database: whoever is registered is dead. */
  alone: boolean
  /** Names of the master keys that it knows. */
  masterKeyIds: readonly string[]
  /** Called when the others took this process for dead and gave its work away: it must end. */
  onDeclaredDead: () => void
}

/** Registers this process, gives back at once what dead ones held, and goes on doing both. */
export async function registerProcess(
  pool: Pool,
  log: Log,
  options: ServiceProcessOptions,
): Promise<ServiceProcess> {
  const { id, role, alone, masterKeyIds, onDeclaredDead } = options
  await giveBack(pool, log, alone ? 0 : DEAD_AFTER_MS, id)
  await pool.query(
    `insert into service_process (id, role, queue_workers, started_at, beat_at, master_key_ids)
     values ($1, $2, '{}', now(), now(), $3)`,
    [id, role, masterKeyIds],
  )
  const beat = async (): Promise<void> => {
    const { rowCount } = await pool.query(
      'update service_process set beat_at = clock_timestamp() where id = $1',
      [id],
    )
    if (rowCount === 0) onDeclaredDead()
    await giveBack(pool, log, DEAD_AFTER_MS, id)
  }
  let beating: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    beating = beat().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'heartbeat failed'))
  }, BEAT_MS)
  timer.unref()
  return {
    async addQueueWorker(name) {
      await pool.query(
        'update service_process set queue_workers = array_append(queue_workers, $2) where id = $1',
        [id, name],
      )
    },
    async stop() {
      clearInterval(timer)
      await beating
      await pool.query('delete from service_process where id = $1', [id])
    },
  }
}

/** How many processes live that do not know a master key. */
export async function countWithoutKey(client: Pick<Pool, 'query'>, masterKeyId: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from service_process
     where beat_at > clock_timestamp() - $1 * interval '1 millisecond' and not $2 = any (master_key_ids)`,
    [DEAD_AFTER_MS, masterKeyId],
  )
  return rows[0]!.count
}

/**
 * What processes that no longer beat have held: queue locks, running invocations, claims on installations. One
 * statement: whoever dies amid it has given back nothing, and the next one does. What they were INSTALLING stays theirs:
 * `recoverInstallations` undoes it, with its events.
 */
async function giveBack(pool: Pool, log: Log, silentForMs: number, self: string): Promise<void> {
  const { rows } = await pool.query<{ dead: number }>(
    `with dead as (
       delete from service_process where id <> $2 and beat_at <= clock_timestamp() - $1 * interval '1 millisecond'
       returning id, queue_workers
     ), crashed as (
       update invocation set status = 'FINISHED', outcome = 'CRASHED', finished_at = clock_timestamp(),
         error = 'The process that ran it ended.'
       where status = 'RUNNING' and process_id in (select id from dead)
       returning installation_id, organization_id, site_id, finished_at
     ), counted as (
       ${COUNT_CRASHED}
     ), freed as (
       update installation set operation = null
       where operation is not null and status <> 'INSTALLING' and process_id in (select id from dead)
     )
     select count(*)::int as dead,
       case when count(*) > 0 then graphile_worker.force_unlock_workers(array_agg(name)) end
     from (select unnest(array[null] || queue_workers) as name from dead) as held`,
    [silentForMs, self],
  )
  const { dead } = rows[0]!
  if (dead === 0) return
  log.warn('gave back what dead processes held')
}
