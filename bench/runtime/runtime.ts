import { loadavg } from 'node:os'
import { measureCalls } from './calls.ts'
import { measureFlood } from './flood.ts'
import { measureHostile } from './hostile.ts'
import { measureFleet } from './fleet.ts'

/** What the sandbox costs, and what a plugin that does not end costs the others. */
export async function measureRuntime(): Promise<void> {
  const parts = { calls: measureCalls, fleet: measureFleet, flood: measureFlood, hostile: measureHostile }
  const wanted = process.argv.slice(3)
  for (const [name, measure] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    process.stdout.write(`\n${name}, load ${loadavg()[0]!.toFixed(1)}\n`)
    await measure()
  }
}
