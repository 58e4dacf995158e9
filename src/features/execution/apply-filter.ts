import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { HandlerResult } from './dispatch-hook.ts'
import { passFilters } from './pass-filters.ts'
import { requireRunningAt } from './require-running-at.ts'

/** Passes a value of the host through a site's filters. */
export async function applyFilter(
  app: App,
  actor: Actor,
  input: { siteId: string; filter: string; value: JsonValue },
): Promise<{ value: JsonValue; results: HandlerResult[] }> {
  await requireRunningAt(app, actor, input.siteId)
  return await passFilters(app, input)
}
