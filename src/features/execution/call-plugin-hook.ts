import type { App, HookCall } from '../../app.ts'
import type { JsonObject } from '../../lib/json.ts'
import { abortOf, callHandlers } from './call-handlers.ts'

/**
 * Calls the handlers of an extension point that a plugin offers, at its site. Gives what its code gets: who aborted and why,
 * and what each handler answered.
 */
export async function callPluginHook(app: App, call: HookCall): Promise<JsonObject> {
  const done = await callHandlers(app, call)
  const abort = abortOf(done)
  return {
    aborted: abort !== null,
    abortedBy: abort?.target.slug ?? null,
    abortReason: abort?.reason ?? null,
    results: done.map(({ target, result }) => ({
      plugin: target.slug,
      outcome: result.outcome,
      value: result.value ?? null,
    })),
  }
}
