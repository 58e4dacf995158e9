import { setTimeout as pause } from 'node:timers/promises'
import type { Runner } from './runner.ts'

/** Ends processes in good order, kills what is still there after that many milliseconds, and waits until none is left. */
export async function endRunners(runners: readonly Runner[], graceMs: number): Promise<void> {
  for (const runner of runners) runner.end()
  const gone = Promise.all(runners.map(({ exited }) => exited))
  const patience = new AbortController()
  await Promise.race([gone, pause(graceMs, undefined, patience).catch(() => undefined)])
  patience.abort()
  for (const runner of runners) runner.kill('CRASHED')
  await gone
}
