import { performance } from 'node:perf_hooks'
import type { Runner } from './runner.ts'

/** Milliseconds that an organization keeps a process which another waits for: starting one takes 70. */
const TURN_MS = 500

/**
 * Whether an idle process goes to another organization, though its own has calls: others wait for one, none is coming for
 * them, and it has served its own for a while.
 *
 * @param starved organizations that found no process
 * @param coming processes that have no organization yet
 */
export function mustYield(
  { organization, servingSince }: Runner,
  starved: ReadonlySet<string>,
  coming: number,
): boolean {
  if (starved.size === 0 || performance.now() - servingSince < TURN_MS) return false
  const others = starved.has(organization ?? '') ? starved.size - 1 : starved.size
  return others > coming
}
