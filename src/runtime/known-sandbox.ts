import type { Launch } from './launch.ts'
import { testSandbox } from './self-test.ts'
import type { Starter } from './starter.ts'

type Tested = Awaited<ReturnType<typeof testSandbox>>

/** By the way in which children are started. */
const known = new Map<string, Tested>()

/**
 * What the self-test says of a way to start children. A process that starts many sandboxes, as plugins' own tests do, is told
 * it once (150 ms of CPU); where something did not hold it is tried anew.
 */
export async function knownSandbox(launch: Launch, starter: Starter): Promise<Tested> {
  const way = JSON.stringify(launch)
  const tested = known.get(way) ?? (await testSandbox(launch, starter))
  if (tested.ok) known.set(way, tested)
  return tested
}
