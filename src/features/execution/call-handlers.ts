import type { App, HookCall } from '../../app.ts'
import type { Target } from '../invocations/target.ts'
import { findHandlers } from './find-handlers.ts'
import { invokeHandler, type HandlerCall } from './invoke-handler.ts'

/** A handler's part. */
export interface Handled extends HandlerCall {
  target: Target
}

/**
 * Calls every plugin at a site that declares the hook: what another one needs before it, else by plugin id. A handler that
 * aborts (PluginError, with `hooks:abort` granted) stands last; any other failure is its own and stops nobody.
 */
export async function callHandlers(app: App, call: HookCall): Promise<Handled[]> {
  const done: Handled[] = []
  for (const target of await findHandlers(app, call, ({ hooks }) => hooks.includes(call.hook))) {
    if (call.signal?.aborted === true) break
    const { invocationId, result } = await invokeHandler(app, target, {
      kind: 'HOOK',
      name: call.hook,
      args: [call.payload],
      depth: call.depth ?? 0,
    })
    done.push({ target, invocationId, result })
    if (result.outcome === 'ABORTED') break
  }
  return done
}

/** Who aborted it, and why; null where nobody did. */
export function abortOf(done: readonly Handled[]): { target: Target; reason: string } | null {
  const last = done.at(-1)
  if (last === undefined || last.result.outcome !== 'ABORTED') return null
  return { target: last.target, reason: last.result.error?.message ?? 'No reason given.' }
}
