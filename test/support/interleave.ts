import { expect } from 'vitest'
import type { TestServer } from './server.ts'

/** No call of plugin code begins while it is held. */
export const NO_CALLS = 'lock table invocation in share mode'

/**
 * Forces an order: holds what a statement locks, begins something that comes to wait for it, does something else meanwhile, and lets
 * go. Returns what was begun, settled.
 */
export async function interleave<T>(
  server: TestServer,
  hold: string,
  begin: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<PromiseSettledResult<T>> {
  const holder = await server.owner.connect()
  try {
    await holder.query('begin')
    await holder.query(hold)
    const before = await waiting(server)
    const begun = Promise.allSettled([begin()])
    await expect.poll(() => waiting(server), { timeout: 20_000, interval: 20 }).toBeGreaterThan(before)
    await meanwhile()
    await holder.query('commit')
    return (await begun)[0]
  } finally {
    await holder.query('rollback')
    holder.release()
  }
}

/** Connections to its database that wait for a lock. */
async function waiting(server: TestServer): Promise<number> {
  const { rows } = await server.owner.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]!.n
}
