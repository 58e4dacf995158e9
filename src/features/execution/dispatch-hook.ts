import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { JsonValue } from '../../lib/json.ts'
import { running } from '../installations/policy.ts'
import { invoke } from '../invocations/invoke.ts'
import { inDependencyOrder, loadTargets } from '../invocations/target.ts'
import { siteForRunning } from './site-for-running.ts'

/** One plugin's part in a hook or filter. */
export interface HandlerResult {
  installationId: string
  invocationId: string
  value: JsonValue
}

export interface HookOutcome {
  abortedBy: { pluginId: string; reason: string } | null
  results: HandlerResult[]
}

/**
 * Calls every plugin at the site that declares the hook, in dependency order and then by plugin id. A plugin that
 * aborts (PluginError, with `hooks:abort` granted) stops the rest; any other failure is its own and stops nobody.
 */
export async function dispatchHook(
  app: App,
  actor: Actor,
  input: { siteId: string; hook: string; payload: JsonValue },
): Promise<HookOutcome> {
  const site = await siteForRunning(app, actor, input.siteId)
  const active = await loadTargets(app, { siteId: site.id, AND: [running(app.clock.now())] })
  const results: HandlerResult[] = []
  for (const target of inDependencyOrder(active)) {
    if (!target.manifest.hooks.includes(input.hook)) continue
    const { invocationId, result } = await invoke(app, target, {
      kind: 'HOOK',
      name: input.hook,
      args: [input.payload],
    })
    results.push({ installationId: target.id, invocationId, value: result.value ?? null })
    if (result.outcome === 'ABORTED') {
      return {
        abortedBy: { pluginId: target.pluginId, reason: result.error?.message ?? 'No reason given.' },
        results,
      }
    }
  }
  return { abortedBy: null, results }
}
