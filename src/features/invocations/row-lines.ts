import type { JsonObject } from '../../lib/json.ts'
import type { PluginLogLine } from '../../runtime/plugin-call.ts'

/** Lines as the row of a run holds them. */
export function rowLines(lines: readonly PluginLogLine[]): JsonObject[] {
  return lines.map((line) => ({ ...line, at: line.at.toISOString() }))
}
