import type { App, FilterCall } from '../../app.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { HandlerResult } from './dispatch-hook.ts'
import { findHandlers } from './find-handlers.ts'
import { invokeHandler } from './invoke-handler.ts'

/**
 * Passes a value through every plugin at the site that declares the filter, each over the last one's answer. One that
 * fails, or answers nothing, leaves the value as it was.
 */
export async function passFilters(
  app: App,
  call: FilterCall,
): Promise<{ value: JsonValue; results: HandlerResult[] }> {
  const { filter, depth = 0, signal } = call
  const results: HandlerResult[] = []
  let { value } = call
  for (const target of await findHandlers(app, call, ({ filters }) => filters.includes(filter))) {
    signal?.throwIfAborted()
    const { invocationId, result } = await invokeHandler(app, target, {
      kind: 'FILTER',
      name: filter,
      args: [value],
      depth,
    })
    if (result.outcome === 'OK' && result.value !== undefined) value = result.value
    results.push({ installationId: target.id, invocationId, value })
  }
  return { value, results }
}
