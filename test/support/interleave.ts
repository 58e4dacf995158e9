import { expect } from 'vitest'
import type { TestServer } from './server.ts'

/** A statement that locks something, and the statement of ours that comes to wait for that, as a pattern of LIKE. */
export interface Hold {
  lock: string
  waits: string
}

/** No call of plugin code begins while it is held. */
export const NO_CALLS: Hold = {
  lock: 'lock table invocation in share mode',
  waits: 'insert into invocation (%',
}

/** A switch as far as its commit: who wants to let the plugin be ACTIVE waits for it where all hooks have been called. */
export function switching(slug: string, enabled: boolean): Hold {
  return {
    lock: `update plugin set enabled = ${enabled} where slug = '${slug}'`,
    waits: '%from plugin where id = any(%for no key update%',
  }
}

/**
 * Forces an order: holds what a statement locks, begins something that comes to wait for it, does something else meanwhile, and lets
 * go. Returns what was begun, settled.
 */
export async function interleave<T>(
  server: TestServer,
  { lock, waits }: Hold,
  begin: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<PromiseSettledResult<T>> {
  const letGo = await holding(server, lock)
  try {
    const begun = Promise.allSettled([begin()])
    await expect.poll(() => waiting(server, waits), { timeout: 20_000, interval: 20 }).toBeGreaterThan(0)
    await meanwhile()
    await letGo()
    return (await begun)[0]
  } finally {
    await letGo()
  }
}

/** Runs a statement and holds what it locks until it is let go, when it is committed. */
export async function holding(server: TestServer, statement: string): Promise<() => Promise<void>> {
  const holder = await server.owner.connect()
  await holder.query('begin')
  await holder.query(statement)
  let held = true
  return async () => {
    if (!held) return
    held = false
    await holder.query('commit')
    holder.release()
  }
}

/** Connections to its database that wait for a lock with such a statement. */
async function waiting(server: TestServer, pattern: string): Promise<number> {
  const { rows } = await server.owner.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and trim(query) like $1`,
    [pattern],
  )
  return rows[0]!.n
}
