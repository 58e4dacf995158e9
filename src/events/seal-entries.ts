import type { ClientBase } from 'pg'
import { CHAIN_START, ENTRY_COLUMNS, linkHash, type EntryRow } from './audit-hash.ts'

/** Entries that are sealed in one transaction: few enough to hold, many enough that a burst is sealed within a second. */
const BATCH = 1_000

/**
 * Chains the entries that wait for it, in the order of their ids, each to its organization's last link. Only one may do so
 * at a time. What is committed late waits until then: it is sealed behind entries with a higher id, and never missed.
 * Returns how many were sealed, and whether there may be more.
 */
export async function sealEntries(client: ClientBase): Promise<{ sealed: number; more: boolean }> {
  await client.query('begin')
  try {
    const waiting = await loadWaiting(client)
    if (waiting.length > 0) {
      const ends = await loadEnds(client, [...new Set(waiting.map((row) => row.chain))])
      await store(
        client,
        waiting.map((row) => link(ends, row)),
      )
    }
    await client.query('commit')
    return { sealed: waiting.length, more: waiting.length === BATCH }
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

interface Waiting {
  chain: string
  entryId: string
  /** Null: somebody has deleted it before it was sealed. */
  entry: EntryRow | null
}

interface Link {
  chain: string
  number: number
  entryId: string
  hash: Uint8Array
}

async function loadWaiting(client: ClientBase): Promise<Waiting[]> {
  // Who deletes an entry and puts it back does not have it sealed twice.
  await client.query(
    `delete from audit_unsealed where entry_id in (
       select u.entry_id from (select entry_id from audit_unsealed order by entry_id limit ${BATCH}) u
       join audit_seal s on s.entry_id = u.entry_id)`,
  )
  const { rows } = await client.query<EntryRow & { chain: string; entry_id: string }>({
    name: 'patchbay_unsealed',
    text: `select u.chain, u.entry_id, ${ENTRY_COLUMNS} from (
        select chain, entry_id from audit_unsealed order by entry_id limit ${BATCH}
      ) u left join audit_entry e on e.id = u.entry_id order by u.entry_id`,
  })
  return rows.map(({ chain, entry_id: entryId, ...entry }) => ({
    chain,
    entryId,
    entry: (entry.id as string | null) === null ? null : entry,
  }))
}

/** The last link of each chain; one that is not in the answer begins. */
async function loadEnds(
  client: ClientBase,
  chains: string[],
): Promise<Map<string, { number: number; hash: Uint8Array }>> {
  const { rows } = await client.query<{ chain: string; number: number; hash: Buffer }>({
    name: 'patchbay_chain_ends',
    text: `select c.chain, s.number, s.hash from unnest($1::uuid[]) as c (chain)
      cross join lateral (
        select number, hash from audit_seal where chain = c.chain order by number desc limit 1
      ) s`,
    values: [chains],
  })
  return new Map(rows.map(({ chain, number, hash }) => [chain, { number, hash }]))
}

/** The next link of its chain, whose end it becomes. */
function link(
  ends: Map<string, { number: number; hash: Uint8Array }>,
  { chain, entryId, entry }: Waiting,
): Link {
  const end = ends.get(chain) ?? { number: 0, hash: CHAIN_START }
  const next = { number: end.number + 1, hash: linkHash(end.hash, entry) }
  ends.set(chain, next)
  return { chain, entryId, ...next }
}

async function store(client: ClientBase, links: readonly Link[]): Promise<void> {
  await client.query({
    name: 'patchbay_seal',
    text: `insert into audit_seal (chain, number, entry_id, hash)
      select * from unnest($1::uuid[], $2::int[], $3::uuid[], $4::bytea[])`,
    values: [
      links.map((it) => it.chain),
      links.map((it) => it.number),
      links.map((it) => it.entryId),
      links.map((it) => Buffer.from(it.hash)),
    ],
  })
  await client.query({
    name: 'patchbay_sealed',
    text: 'delete from audit_unsealed where entry_id = any($1::uuid[])',
    values: [links.map((it) => it.entryId)],
  })
}
