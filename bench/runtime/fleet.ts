import { readFileSync, readdirSync } from 'node:fs'
import { createLog } from '../../src/platform/log.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createRuntime } from '../../src/runtime/runtime.ts'
import { callOf } from './plugin.ts'

const PLUGINS = 500
const ORGANIZATIONS = 25
const ACTIVE_A_MINUTE = 50
const MINUTES = 10
const CALLS_EACH = 20

/** Each keeps 2 MB that it has made, as plugins do that remember something. */
const CODE = `import { definePlugin } from 'patchbay'
const kept = Array.from({ length: 20_000 }, (_, n) => ({ n, text: 'entry ' + n }))
export default definePlugin({ hooks: { order_check: async (ctx, order) => ({ ok: true, name: order.name, kept: kept.length }) } })
`

/** Memory of all children together, with 500 plugins installed of which 50 are called each minute; no minute is waited for. */
export async function measureFleet(): Promise<void> {
  const runtime = await createRuntime({ clock: systemClock, log: createLog('silent'), processes: 4 })
  let most = 0
  let isolates = 0
  try {
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const active = Array.from({ length: ACTIVE_A_MINUTE }, (_, n) => (minute * 137 + n * 61) % PLUGINS)
      await Promise.all(
        active.map(async (plugin) => {
          const call = callOf(`plugin ${plugin}`, `organization ${plugin % ORGANIZATIONS}`, CODE)
          for (let n = 0; n < CALLS_EACH; n += 1) {
            await runtime.call(call)
            most = Math.max(most, memoryOfChildren())
          }
        }),
      )
      isolates = Math.max(isolates, runtime.status().liveIsolates)
    }
    const { total } = runtime.status().processes
    process.stdout.write(
      `${PLUGINS} plugins, ${ACTIVE_A_MINUTE} active a minute: at most ${most.toFixed(0)} MiB in ${total} children with up to ${isolates} isolates (at most 1024)\n`,
    )
  } finally {
    await runtime.close(0)
  }
}

/** MiB that all children have in memory, and the launcher that started them; shared pages counted for each. */
function memoryOfChildren(): number {
  return descendantsOf(String(process.pid)).reduce((sum, pid) => sum + residentOf(pid), 0)
}

function descendantsOf(parent: string): string[] {
  try {
    const pids = readdirSync(`/proc/${parent}/task`).flatMap((task) =>
      readFileSync(`/proc/${parent}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
    )
    return pids.flatMap((pid) => [pid, ...descendantsOf(pid)])
  } catch {
    return []
  }
}

function residentOf(pid: string): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20
  } catch {
    return 0
  }
}
