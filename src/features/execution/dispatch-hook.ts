import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { JsonValue } from '../../lib/json.ts'
import { abortOf, callHandlers } from './call-handlers.ts'
import { requireRunningAt } from './require-running-at.ts'

/** One plugin's part in a hook or filter. */
export interface HandlerResult {
  installationId: string
  invocationId: string
  value: JsonValue
}

/** What came of a hook: whether a plugin stopped the workflow, and the part of each that was called, in order. */
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
  await requireRunningAt(app, actor, input.siteId)
  const done = await callHandlers(app, input)
  const abort = abortOf(done)
  return {
    abortedBy: abort === null ? null : { pluginId: abort.target.pluginId, reason: abort.reason },
    results: done.map(({ target, invocationId, result }) => ({
      installationId: target.id,
      invocationId,
      value: result.value ?? null,
    })),
  }
}
