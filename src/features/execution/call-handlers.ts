import type { App } from '../../app.ts'
import type { JsonValue } from '../../lib/json.ts'
import { running } from '../installations/policy.ts'
import { inDependencyOrder, loadTargets, type Target } from '../invocations/target.ts'
import { invokeHandler, type HandlerCall } from './invoke-handler.ts'

export interface HookCall {
  siteId: string
  hook: string
  payload: JsonValue
  /** Hooks of plugins that it is within: 0 for the host's own. */
  depth: number
  /** The installation that offers it, which is not called itself; null: the host does. */
  callerId: string | null
  /** Once it is aborted nobody waits for the answer, and no further handler is called. */
  signal?: AbortSignal
}

/** A handler's part. */
export interface Handled extends HandlerCall {
  target: Target
}

/**
 * Calls every plugin at a site that declares the hook: what another one needs before it, else by plugin id. A handler that
 * aborts (PluginError, with `hooks:abort` granted) stands last; any other failure is its own and stops nobody.
 */
export async function callHandlers(app: App, call: HookCall): Promise<Handled[]> {
  const active = await loadTargets(app, { siteId: call.siteId, AND: [running(app.clock.now())] })
  const done: Handled[] = []
  for (const target of inDependencyOrder(active)) {
    if (!target.manifest.hooks.includes(call.hook) || target.id === call.callerId) continue
    if (call.signal?.aborted === true) break
    const { invocationId, result } = await invokeHandler(app, target, {
      kind: 'HOOK',
      name: call.hook,
      args: [call.payload],
      depth: call.depth,
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
