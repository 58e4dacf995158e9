import type { App } from '../../app.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { PluginResult } from '../../runtime/runtime.ts'
import { ringFinish } from './finish-bell.ts'
import { tally } from './tally.ts'
import type { Target } from './target.ts'

/** How a run ended, and what it took; what never began took nothing. */
export interface Ending {
  outcome: PluginResult['outcome']
  durationMs?: number
  cpuMs?: number
  heapUsed?: number
  error?: string | null
  logs?: JsonObject[]
  hostCalls?: number
  bytesOut?: number
  requests?: JsonObject[]
}

/** Ends the row of a run, and counts it. The database notes in the same transaction that it has finished. */
export async function endInvocation(app: App, target: Target, id: string, ending: Ending): Promise<void> {
  const finishedAt = app.clock.now()
  await app.database.prisma.invocation.updateMany({
    where: { id },
    data: { status: 'FINISHED', finishedAt, ...ending },
  })
  tally(app, target, ending, finishedAt)
  ringFinish(app, target)
}
