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
  const letGo = await holding(server, hold)
  try {
    const before = await waiting(server)
    const begun = Promise.allSettled([begin()])
    await expect.poll(() => waiting(server), { timeout: 20_000, interval: 20 }).toBeGreaterThan(before)
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

/** Connections to its database that wait for a lock. */
async function waiting(server: TestServer): Promise<number> {
  const { rows } = await server.owner.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]!.n
}
