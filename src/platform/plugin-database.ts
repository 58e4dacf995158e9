import { Pool, type PoolClient, type QueryResult } from 'pg'
import { seconds } from '../lib/units.ts'
import { organizationProof, proofKey, type ProofPlace } from './plugin-proof.ts'

/** A plugin's question is answered in a moment, or it is none that a plugin should ask. */
const STATEMENT_MS = seconds(5)
/** All questions of one turn; then row-level security shows nothing more. */
const PROOF_MS = seconds(15)
/** Few, since each costs PostgreSQL a process. */
const CONNECTIONS = 4
/** Rows of one answer; what a plugin needs more of, it should count or page. */
const MAX_ROWS = 1_000

/** The database as SQL of plugins may read it: the views of `plugin_api`, one organization's rows. */
export interface PluginDatabase {
  /**
   * Lets `work` ask for an organization, in one read-only transaction that is rolled back at its end. Nothing of it is left
   * in the connection for the next one.
   */
  read: <T>(organizationId: string, work: (query: PluginQuery) => Promise<T>) => Promise<T>
  close: () => Promise<void>
}

/**
 * Runs one SELECT (or VALUES, TABLE, WITH) by a stranger; whatever else he says is a syntax error. At most 1,000 rows, and
 * whether there were more. Throws PostgreSQL's own error; the next question can still be asked.
 */
export type PluginQuery = (sql: string, values?: readonly unknown[]) => Promise<PluginRows>

export interface PluginRows {
  rows: Record<string, unknown>[]
  truncated: boolean
}

/** Opens the pool; no connection is made before the first question. */
export function openPluginDatabase(options: {
  url: string
  masterKey: Uint8Array
  onIdleError: (error: Error) => void
}): PluginDatabase {
  const { url, masterKey, onIdleError } = options
  const key = proofKey(masterKey)
  const pool = new Pool({ connectionString: url, max: CONNECTIONS, application_name: 'patchbay plugins' })
  pool.on('error', onIdleError)
  // A client that is checked out tells its errors to nobody else.
  pool.on('connect', (client) => void client.on('error', onIdleError))
  return {
    async read(organizationId, work) {
      const client = await pool.connect()
      let clean = false
      try {
        const place = await begin(client)
        await client.query("select set_config('patchbay.proof', $1, true)", [
          organizationProof(key, organizationId, PROOF_MS, place),
        ])
        const turn = takeTurn(client)
        try {
          return await work(turn.query)
        } finally {
          await turn.end()
          await client.query('rollback')
          // Session locks, settings and prepared statements outlive a roll-back.
          await client.query('discard all')
          clean = true
        }
      } finally {
        client.release(!clean)
      }
    },
    close: () => pool.end(),
  }
}

/** Begins, and says what a proof for this transaction must name: both come from the server, whose clock decides. */
async function begin(client: PoolClient): Promise<ProofPlace> {
  const results = (await client.query(
    `begin isolation level repeatable read read only; set local search_path = plugin_api;
     set local statement_timeout = ${STATEMENT_MS};
     select pg_backend_pid() as pid, extract(epoch from transaction_timestamp())::text as epoch`,
  )) as unknown as QueryResult<{ pid: number; epoch: string }>[]
  return results.at(-1)!.rows[0]!
}

/**
 * Questions that are asked at once wait for each other: there is one connection, and one cursor. What nobody waited for is over
 * before the connection goes to the next one, and what is asked later is refused: else it would be answered from his rows.
 */
function takeTurn(client: PoolClient): { query: PluginQuery; end: () => Promise<void> } {
  let last: Promise<unknown> = Promise.resolve()
  let ended = false
  return {
    query(sql, values = []) {
      const answer = last.then(() => {
        if (ended) throw new Error('The turn in which one may ask is over.')
        return ask(client, sql, values)
      })
      last = answer.catch(() => undefined)
      return answer
    },
    async end() {
      ended = true
      await last
    },
  }
}

/**
 * A cursor takes nothing but a query, and the extended protocol nothing but one statement: so no COMMIT that would end the
 * transaction, no SET, COPY, LISTEN, PREPARE or DO. The timeout is armed before the stranger's functions run, so that they
 * cannot change it for themselves.
 */
async function ask(client: PoolClient, sql: string, values: readonly unknown[]): Promise<PluginRows> {
  await client.query('savepoint question')
  try {
    // Named values make pg use the extended protocol, also where there are none.
    await client.query({
      text: `declare answer no scroll cursor for ${sql}`,
      values: [...values],
      ...EXTENDED,
    })
    const { rows } = await client.query<Record<string, unknown>>(`fetch ${MAX_ROWS + 1} from answer`)
    return { rows: rows.slice(0, MAX_ROWS), truncated: rows.length > MAX_ROWS }
  } finally {
    await client.query('rollback to savepoint question')
  }
}

/** pg sends what has no values as a script of any number of statements, unless it is told not to. */
const EXTENDED = { queryMode: 'extended' }
