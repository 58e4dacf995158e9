import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { JsonValue } from '../../lib/json.ts'
import { running } from '../installations/policy.ts'
import { invoke } from '../invocations/invoke.ts'
import { inDependencyOrder, loadTargets } from '../invocations/target.ts'
import type { HandlerResult } from './dispatch-hook.ts'
import { siteForRunning } from './site-for-running.ts'

/**
 * Passes a value through every plugin at the site that declares the filter, each over the last one's answer. One that
 * fails, or answers nothing, leaves the value as it was.
 */
export async function applyFilter(
  app: App,
  actor: Actor,
  input: { siteId: string; filter: string; value: JsonValue },
): Promise<{ value: JsonValue; results: HandlerResult[] }> {
  const site = await siteForRunning(app, actor, input.siteId)
  const active = await loadTargets(app, { siteId: site.id, AND: [running(app.clock.now())] })
  const results: HandlerResult[] = []
  let value = input.value
  for (const target of inDependencyOrder(active)) {
    if (!target.manifest.filters.includes(input.filter)) continue
    const { invocationId, result } = await invoke(app, target, {
      kind: 'FILTER',
      name: input.filter,
      args: [value],
    })
    if (result.outcome === 'OK' && result.value !== undefined) value = result.value
    results.push({ installationId: target.id, invocationId, value })
  }
  return { value, results }
}
