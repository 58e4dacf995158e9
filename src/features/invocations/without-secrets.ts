import type { App } from '../../app.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { PluginFailure, PluginLogLine, PluginResult } from '../../runtime/plugin-call.ts'
import { toldSecrets, type Masked } from '../secrets/told-secrets.ts'

/** Characters of a value that a cut has left at the end of a line; fewer say nothing. */
const MIN_REST = 8
/** What a line that was cut ends with. */
const CUT = '…'

/**
 * What a run says of itself without the values of secrets that its code was told: its log, its error, and of its health all. What it
 * answers to its caller stays: a value that a filter or route gives is its own to give.
 */
export function withoutSecrets(
  app: App,
  installationId: string,
  isHealth: boolean,
  result: PluginResult,
): PluginResult {
  const { logs, error, value } = result
  if (logs.length === 0 && error === undefined && !isHealth) return result
  const told = toldSecrets(app, installationId)
  if (told.length === 0) return result
  return {
    ...result,
    logs: maskLines(logs, told),
    ...(error !== undefined && { error: maskFailure(error, told) }),
    ...(isHealth && value !== undefined && { value: maskValue(value, told) }),
  }
}

/** The same of lines of a run that goes on. */
export function linesWithoutSecrets(
  app: App,
  installationId: string,
  lines: readonly PluginLogLine[],
): PluginLogLine[] {
  return maskLines(lines, toldSecrets(app, installationId))
}

function maskLines(lines: readonly PluginLogLine[], told: readonly Masked[]): PluginLogLine[] {
  return lines.map((line) => ({ ...line, message: maskText(line.message, told) }))
}

function maskFailure(error: PluginFailure, told: readonly Masked[]): PluginFailure {
  const { name, message, code, stack, details } = error
  return {
    ...error,
    name: maskText(name, told),
    message: maskText(message, told),
    ...(code !== undefined && { code: maskText(code, told) }),
    ...(stack !== undefined && { stack: maskText(stack, told) }),
    ...(details !== undefined && { details: maskValue(details, told) }),
  }
}

function maskValue(value: JsonValue, told: readonly Masked[]): JsonValue {
  if (typeof value === 'string') return maskText(value, told)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => maskValue(item, told))
  const entries = Object.entries(value).map(
    ([key, item]) => [maskText(key, told), maskValue(item, told)] as const,
  )
  return Object.fromEntries(entries)
}

function maskText(text: string, told: readonly Masked[]): string {
  let masked = text
  for (const [form, mask] of told) masked = withoutBeginning(masked.replaceAll(form, mask), form, mask)
  return masked
}

/** A text that was cut amid a value ends with its beginning. */
function withoutBeginning(text: string, form: string, mask: string): string {
  if (form.length < MIN_REST) return text
  const end = text.endsWith(CUT) ? text.length - CUT.length : text.length
  // Looked for where it can stand alone: a plugin may have 400 KiB of lines, and its secrets a hundred forms.
  const tail = text.slice(Math.max(0, end - form.length), end)
  const at = tail.lastIndexOf(form.slice(0, MIN_REST))
  if (at < 0 || !form.startsWith(tail.slice(at))) return text
  return text.slice(0, end - tail.length + at) + mask
}
