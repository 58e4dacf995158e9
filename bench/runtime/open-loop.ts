import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { send, type Side } from '../serving.ts'

/**
 * Sends at a steady rate whatever comes back, and measures the milliseconds from when each was due to its answer: in the order
 * in which they were due.
 *
 * @param check throws where an answer is not what was expected
 */
export async function openLoop(
  side: Side,
  perSecond: number,
  forMs: number,
  check: (answer: string) => void,
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true })
  const began = performance.now()
  const all: Promise<number>[] = []
  for (let n = 0; (n * 1000) / perSecond < forMs; n += 1) {
    const due = began + (n * 1000) / perSecond
    await pause(Math.max(0, due - performance.now()))
    all.push(
      send(side, agent).then((answer) => {
        check(answer)
        return performance.now() - due
      }),
    )
  }
  const times = await Promise.all(all)
  agent.destroy()
  return times
}

/** The time within which so many of them came, of 1. */
export function percentile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? NaN
}
