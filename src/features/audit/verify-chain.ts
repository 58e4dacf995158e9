import type { ClientBase } from 'pg'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireIn, requireOnPlatform } from '../../auth/authorize.ts'
import {
  CHAIN_START,
  ENTRY_COLUMNS,
  linkHash,
  PLATFORM_CHAIN,
  type EntryRow,
} from '../../events/audit-hash.ts'
import { RequestError } from '../../lib/errors.ts'
import { checkOrganization } from '../tenancy/existing-organization.ts'

/** The first place where a chain does not hold. */
export interface BrokenLink {
  /** Of the link, from 1; null for an entry that lost it. */
  number: number | null
  entryId: string | null
  /** What is wrong there, for people. */
  problem: string
}

/** What became of following a chain from its first link to its last. */
export interface ChainVerification {
  /** Entries that were found sealed and unchanged, from the chain's beginning to its end or its first broken link. */
  entries: number
  /** Number and hash of the last link that holds; whoever keeps them notices if the chain is cut off before it. */
  sealedUpTo: { number: number; hash: string; at: Date } | null
  firstBroken: BrokenLink | null
  /** Entries that wait to be sealed: only for a second, where a worker runs. */
  unsealed: number
}

/** Links that are read and hashed at once: 8 ms of this process's time. A whole log of 100,000 takes 1.7 s of it. */
const BATCH = 500

/**
 * Makes the hash chain of an organization's audit log (null: the platform's) anew and compares. Everything is read in one
 * snapshot, in batches: what is written meanwhile is not part of it. RATE_LIMITED where others are at it already.
 */
export async function verifyAuditChain(
  app: App,
  actor: Actor,
  organizationId: string | null,
): Promise<ChainVerification> {
  if (organizationId === null) requireOnPlatform(actor, 'audit:read')
  else {
    requireIn(actor, 'audit:read', organizationId, 'organization')
    await checkOrganization(app, organizationId)
  }
  const runs = running.get(app) ?? 0
  if (runs >= MAX_AT_ONCE)
    throw new RequestError('RATE_LIMITED', 'Other logs are just being verified: try again.')
  running.set(app, runs + 1)
  try {
    return await verifyIn(app, organizationId ?? PLATFORM_CHAIN)
  } finally {
    running.set(app, (running.get(app) ?? 1) - 1)
  }
}

/** Verifications of this process at once: each holds a connection for as long as it takes, and there are ten. */
const MAX_AT_ONCE = 2
const running = new WeakMap<App, number>()

async function verifyIn(app: App, chain: string): Promise<ChainVerification> {
  const client = await app.database.pool.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    const result = await verify(client, chain)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

async function verify(client: ClientBase, chain: string): Promise<ChainVerification> {
  const walked = await walk(client, chain)
  const firstBroken = walked.firstBroken ?? (await lostSeal(client, chain))
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from audit_unsealed where chain = $1',
    [chain],
  )
  return { ...walked, firstBroken, unsealed: rows[0]!.n }
}

type LinkRow = EntryRow & { number: number; entry_id: string; hash: Buffer }

/** Goes along the chain, link by link, to its end or to the first that does not hold. */
async function walk(client: ClientBase, chain: string): Promise<Omit<ChainVerification, 'unsealed'>> {
  const end = await client.query<{ number: number }>(
    'select coalesce(max(number), 0) as number from audit_seal where chain = $1',
    [chain],
  )
  const last = end.rows[0]!.number
  let former: Uint8Array = CHAIN_START
  let sealedUpTo: ChainVerification['sealedUpTo'] = null
  for (let start = 0; start < last; start += BATCH) {
    const links = await readLinks(client, chain, start)
    for (let number = start + 1; number <= Math.min(start + BATCH, last); number++) {
      const row = links.get(number)
      const problem = problemOf(row, chain, number, former)
      if (row === undefined || problem !== null)
        return { entries: number - 1, sealedUpTo, firstBroken: problem }
      former = row.hash
      sealedUpTo = { number, hash: row.hash.toString('hex'), at: row.at }
    }
  }
  return { entries: last, sealedUpTo, firstBroken: null }
}

/** By number. A range and no limit: a limit makes a table without statistics be read from there to its end each time. */
async function readLinks(client: ClientBase, chain: string, start: number): Promise<Map<number, LinkRow>> {
  const { rows } = await client.query<LinkRow>({
    name: 'patchbay_chain',
    text: `select s.number, s.entry_id, s.hash, ${ENTRY_COLUMNS} from audit_seal s
      left join audit_entry e on e.id = s.entry_id
      where s.chain = $1 and s.number > $2 and s.number <= $3`,
    values: [chain, start, start + BATCH],
  })
  return new Map(rows.map((row) => [row.number, row]))
}

function problemOf(
  row: LinkRow | undefined,
  chain: string,
  number: number,
  former: Uint8Array,
): BrokenLink | null {
  if (row === undefined) return { number, entryId: null, problem: `Seal ${number} was deleted.` }
  const at = { number, entryId: row.entry_id }
  if ((row.id as string | null) === null)
    return { ...at, problem: `The entry of seal ${number} was deleted.` }
  if ((row.organization_id ?? PLATFORM_CHAIN) !== chain)
    return { ...at, problem: `The entry of seal ${number} was given to another organization.` }
  if (row.hash.equals(linkHash(former, row))) return null
  return { ...at, problem: `The entry of seal ${number}, or the seal before it, was changed.` }
}

/** An entry that neither has a seal nor waits for one: the last seals were deleted. */
async function lostSeal(client: ClientBase, chain: string): Promise<BrokenLink | null> {
  const { rows } = await client.query<{ id: string }>(
    `select e.id from audit_entry e
     where ${chain === PLATFORM_CHAIN ? 'e.organization_id is null and $1::uuid is not null' : 'e.organization_id = $1'}
       and not exists (select from audit_seal s where s.entry_id = e.id)
       and not exists (select from audit_unsealed u where u.entry_id = e.id)
     order by e.id limit 1`,
    [chain],
  )
  if (rows[0] === undefined) return null
  return { number: null, entryId: rows[0].id, problem: 'This entry has lost its seal: it was deleted.' }
}
