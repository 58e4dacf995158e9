import { Pool, type PoolClient, type QueryResult } from 'pg'
import { createFairSlots } from '../lib/fair-slots.ts'
import { MiB, seconds } from '../lib/units.ts'
import { jsonTypes } from './plugin-database-types.ts'
import { organizationProof, proofKey, type ProofPlace } from './plugin-proof.ts'

/** A plugin's question is answered in a moment, or it is none that a plugin should ask. */
const STATEMENT_MS = seconds(2)
/** All questions of one turn; then row-level security shows nothing more. */
const PROOF_MS = seconds(15)
/** Few, since each costs PostgreSQL a process. */
const CONNECTIONS = 4
/** Connections that one organization may have at a time: another one finds a free place, or one that is free within a question. */
const CONNECTIONS_EACH = 2
/** Turns of one organization that may wait; at 2 seconds each, more wait longer than their invocations live. */
const MAX_WAITING = 50
/** Rows of one answer; what a plugin needs more of, it should count or page. */
const MAX_ROWS = 1_000
/** Of one answer as PostgreSQL sends it: `repeat('x', 1e9)` would fill our memory. An answer of 1 MiB of JSON fits into it. */
const MAX_BYTES = 4 * MiB
/** After which PostgreSQL sees that nobody waits for a question any more. */
const ABANDONED_MS = 250

/** The database as SQL of plugins may read it: the views of `plugin_api`, one organization's rows. */
export interface PluginDatabase {
  /**
   * Lets `work` ask for an organization, in one read-only transaction that is rolled back at its end. Nothing of it is left
   * in the connection for the next one. It waits while others of the organization ask; the signal ends it, also while waiting.
   *
   * @throws {SlotsBusyError} where too many of them wait already
   */
  read: <T>(
    organizationId: string,
    work: (query: PluginQuery) => Promise<T>,
    signal?: AbortSignal,
  ) => Promise<T>
  close: () => Promise<void>
}

/**
 * Runs one SELECT (or VALUES, TABLE, WITH) by a stranger; whatever else he says is a syntax error. At most 1,000 rows, and
 * whether there were more. Values are what JSON can hold. Throws PostgreSQL's own error, after which the next question can
 * still be asked, or `PluginAnswerTooLargeError`, which ends the turn.
 */
export type PluginQuery = (sql: string, values?: readonly unknown[]) => Promise<PluginRows>

export interface PluginRows {
  rows: Record<string, unknown>[]
  truncated: boolean
}

/** PostgreSQL had more to say than we listen to. */
export class PluginAnswerTooLargeError extends Error {}

/** Opens the pool; no connection is made before the first question. */
export function openPluginDatabase(options: {
  url: string
  masterKey: Uint8Array
  onIdleError: (error: Error) => void
}): PluginDatabase {
  const { url, masterKey, onIdleError } = options
  const key = proofKey(masterKey)
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    application_name: 'patchbay plugins',
    types: jsonTypes,
  })
  const slots = createFairSlots({ places: CONNECTIONS, each: CONNECTIONS_EACH, waiting: MAX_WAITING })
  pool.on('error', onIdleError)
  // A client that is checked out tells its errors to nobody else.
  pool.on('connect', (client) => void client.on('error', onIdleError))
  return {
    read: (organizationId, work, signal) =>
      slots.run(organizationId, signal, async () => {
        const client = await pool.connect()
        const sever = (): void => void client.connection.stream.destroy()
        signal?.addEventListener('abort', sever)
        let clean = false
        try {
          signal?.throwIfAborted()
          const place = await begin(client)
          await client.query("select set_config('patchbay.proof', $1, true)", [
            organizationProof(key, organizationId, PROOF_MS, place),
          ])
          const answer = await takeTurn(client, work)
          if (client.connection.stream.destroyed && answer.status === 'rejected') throw answer.reason
          await client.query('rollback')
          // Session locks, settings and prepared statements outlive a roll-back.
          await client.query('discard all')
          clean = true
          if (answer.status === 'rejected') throw answer.reason
          return answer.value
        } finally {
          signal?.removeEventListener('abort', sever)
          client.release(!clean)
        }
      }),
    close: () => pool.end(),
  }
}

/** Begins, and says what a proof for this transaction must name: both come from the server, whose clock decides. */
async function begin(client: PoolClient): Promise<ProofPlace> {
  const results = (await client.query(
    `begin isolation level repeatable read read only; ${SETTINGS}
     select pg_backend_pid() as pid, extract(epoch from transaction_timestamp())::text as epoch`,
  )) as unknown as QueryResult<{ pid: number; epoch: string }>[]
  return results.at(-1)!.rows[0]!
}

/**
 * What a server is set to for its own work is not for strangers: a sort or hash goes to disk behind a little memory, and no question
 * has several processes. Not every system that PostgreSQL runs on can tell that a client is gone. Times and intervals come as
 * ISO 8601 writes them.
 */
const SETTINGS = `set local search_path = plugin_api; set local statement_timeout = ${STATEMENT_MS};
  set local work_mem = '4MB'; set local hash_mem_multiplier = 1; set local max_parallel_workers_per_gather = 0; set local jit = off;
  set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'iso_8601'; set local bytea_output = 'hex';
  do $$ begin
    perform set_config('client_connection_check_interval', '${ABANDONED_MS}', true);
  exception when others then null;
  end $$;`

/**
 * Questions that are asked at once wait for each other: there is one connection, and one cursor. What nobody waited for is over
 * before the connection goes to the next one, and what is asked later is refused: else it would be answered from his rows.
 */
async function takeTurn<T>(
  client: PoolClient,
  work: (query: PluginQuery) => Promise<T>,
): Promise<PromiseSettledResult<T>> {
  let last: Promise<unknown> = Promise.resolve()
  let ended = false
  const query: PluginQuery = (sql, values = []) => {
    const answer = last.then(() => {
      if (ended) throw new Error('The turn in which one may ask is over.')
      return ask(client, sql, values)
    })
    last = answer.catch(() => undefined)
    return answer
  }
  const [settled] = await Promise.allSettled([work(query)])
  ended = true
  await last
  return settled
}

/**
 * A cursor takes nothing but a query, and the extended protocol nothing but one statement: so no COMMIT that would end the
 * transaction, no SET, COPY, LISTEN, PREPARE or DO. The timeout is armed before the stranger's functions run, so that they
 * cannot change it for themselves.
 */
async function ask(client: PoolClient, sql: string, values: readonly unknown[]): Promise<PluginRows> {
  // The protocol ends texts by it: what comes after would be read as something else.
  if (sql.includes('\0')) throw new Error('A question holds no NUL.')
  await client.query('savepoint question')
  const { stream } = client.connection
  let isTooLarge = false
  let bytes = 0
  const count = (chunk: Buffer): void => {
    bytes += chunk.byteLength
    if (bytes <= MAX_BYTES) return
    isTooLarge = true
    stream.destroy()
  }
  stream.on('data', count)
  try {
    // Named values make pg use the extended protocol, also where there are none.
    await client.query({
      text: `declare answer no scroll cursor for ${sql}`,
      values: [...values],
      ...EXTENDED,
    })
    const { rows, fields } = await client.query<unknown[]>({
      text: `fetch ${MAX_ROWS + 1} from answer`,
      rowMode: 'array',
    })
    const objects = rows
      .slice(0, MAX_ROWS)
      .map((row) => Object.fromEntries(row.map((value, index) => [fields[index]!.name, value])))
    return { rows: objects, truncated: rows.length > MAX_ROWS }
  } catch (error) {
    throw isTooLarge ? new PluginAnswerTooLargeError('The answer is too large.') : error
  } finally {
    stream.off('data', count)
    if (!stream.destroyed) await client.query('rollback to savepoint question')
  }
}

/** pg sends what has no values as a script of any number of statements, unless it is told not to. */
const EXTENDED = { queryMode: 'extended' }
