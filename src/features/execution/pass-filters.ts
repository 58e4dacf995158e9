import type { App, FilterCall } from '../../app.ts'
import type { JsonValue } from '../../lib/json.ts'
import { running } from '../installations/policy.ts'
import { inDependencyOrder, loadTargets } from '../invocations/target.ts'
import type { HandlerResult } from './dispatch-hook.ts'
import { invokeHandler } from './invoke-handler.ts'

/**
 * Passes a value through every plugin at the site that declares the filter, each over the last one's answer. One that
 * fails, or answers nothing, leaves the value as it was.
 */
export async function passFilters(
  app: App,
  { siteId, filter, value: given, depth, callerId, signal }: FilterCall,
): Promise<{ value: JsonValue; results: HandlerResult[] }> {
  const active = await loadTargets(app, { siteId, AND: [running(app.clock.now())] })
  const results: HandlerResult[] = []
  let value = given
  for (const target of inDependencyOrder(active)) {
    if (!target.manifest.filters.includes(filter) || target.id === callerId) continue
    signal?.throwIfAborted()
    const { invocationId, result } = await invokeHandler(app, target, {
      kind: 'FILTER',
      name: filter,
      args: [value],
      depth: depth ?? 0,
    })
    if (result.outcome === 'OK' && result.value !== undefined) value = result.value
    results.push({ installationId: target.id, invocationId, value })
  }
  return { value, results }
}
