import v8 from 'node:v8'
import { MiB } from '../lib/units.ts'

/** From which limit of the heap on (Node's own is a quarter of the machine's memory) it may grow by how much. */
const GROWTH = [
  { heapMiB: 1900, percent: 400 },
  { heapMiB: 900, percent: 200 },
] as const

/**
 * Lets the heap of this process grow further from one collection of its old generation to the next: to five times what lived then, to three
 * times where memory is scarce, and as V8 would where there is little. Marking takes two cores for 150 ms, in which each request waits, and
 * V8 by itself begins it whenever some 40 MB have come: a service that reads megabytes for plugins does so every few seconds. It is to be
 * called once, at the start.
 *
 * @returns by how many percent of what lived it may grow; 0 where that is left to V8
 */
export function collectRarely(): number {
  const limit = v8.getHeapStatistics().heap_size_limit
  const percent = GROWTH.find(({ heapMiB }) => limit >= heapMiB * MiB)?.percent ?? 0
  if (percent > 0) v8.setFlagsFromString(`--heap-growing-percent=${percent}`)
  return percent
}
