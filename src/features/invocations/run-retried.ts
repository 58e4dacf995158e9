import type { App } from '../../app.ts'
import { RuntimeBusyError } from '../../runtime/runtime-errors.ts'
import type { InvocationKind, PluginCall, PluginResult } from '../../runtime/plugin-call.ts'
import { wasStopped } from '../../runtime/stopped-code.ts'

/**
 * What is told at least once in any case: running it again does nothing that could not happen anyway. Hooks and routes
 * have somebody who waits, and does not expect that something is done twice.
 */
const REPEATABLE: ReadonlySet<InvocationKind> = new Set(['EVENT', 'JOB'])

const REPEATED = 'The process that ran it ended; it was run once more from its beginning.'

/** Runs a call; one that ended with its process is run once more, where that is safe, and its log says so. */
export async function runRetried(app: App, call: PluginCall): Promise<PluginResult> {
  const first = await app.runtime.call(call)
  if (first.outcome !== 'CRASHED' || wasStopped(first) || !REPEATABLE.has(call.kind)) return first
  const repeated = { at: app.clock.now(), level: 'warn' as const, message: REPEATED }
  call.onLog?.(repeated)
  try {
    const second = await app.runtime.call(call)
    return { ...second, startedAt: first.startedAt, logs: [...first.logs, repeated, ...second.logs] }
  } catch (error) {
    if (error instanceof RuntimeBusyError) return first
    throw error
  }
}
