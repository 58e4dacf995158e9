import { MAX_LOG_LINES } from './budgets.mjs'

/** Bytes of one line. */
const MAX_LINE_BYTES = 2048

/**
 * The line as it may leave, or nothing where the invocation has said enough: one line says so, once.
 *
 * @param {{ logLines: number }} invocation counted here
 * @param {string} level
 * @param {string} text
 * @returns {{ level: string, text: string } | undefined}
 */
export function logLine(invocation, level, text) {
  invocation.logLines += 1
  if (invocation.logLines > MAX_LOG_LINES + 1) return undefined
  if (invocation.logLines > MAX_LOG_LINES) {
    return { level: 'warn', text: `More than ${MAX_LOG_LINES} lines: what follows is not kept.` }
  }
  const bytes = Buffer.from(text)
  if (bytes.length <= MAX_LINE_BYTES) return { level, text }
  // The mark takes three bytes, and half a character at the cut is dropped.
  return { level, text: `${bytes.toString('utf8', 0, MAX_LINE_BYTES - 3).replace(/\uFFFD+$/, '')}…` }
}

/**
 * The plugin's own part of a trace: behind the engine's border stand frames of this process, with its paths.
 *
 * @param {any} error as it came out of the isolate
 */
export function traceOf(error) {
  const [guest, ...host] = String(error?.stack ?? '').split('\n    at (<isolated-vm boundary>)')
  if (host.length === 0) return String(error?.message ?? error)
  const lines = guest.split('\n').filter((line) => !/^ *at .*patchbay:/.test(line))
  return lines.join('\n')
}
