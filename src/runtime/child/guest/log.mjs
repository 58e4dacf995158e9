import { send } from './bridge.mjs'
import { logged } from './crossing.mjs'
import { ownFrames } from './errors.mjs'

/** Characters: a line is cut at 2 KiB by the host anyway, so more need not cross. */
const MAX_LINE = 2048

const slice = String.prototype.slice
const apply = Reflect.apply

/**
 * The four ways to write a line, bound to an invocation.
 *
 * @param {number} call 0 belongs to whichever invocation runs at that moment
 */
export function logFor(call) {
  return Object.freeze({
    debug: (...values) => write(call, 'log.debug', values),
    info: (...values) => write(call, 'log.info', values),
    warn: (...values) => write(call, 'log.warn', values),
    error: (...values) => write(call, 'log.error', values),
  })
}

/** The global `console`: `log` is `info`, `trace` is `debug`. */
export function makeConsole() {
  const log = logFor(0)
  return { ...log, log: log.info, trace: log.debug }
}

function write(call, operation, values) {
  let line = ''
  for (let index = 0; index < values.length && line.length < MAX_LINE; index += 1) {
    line += (index === 0 ? '' : ' ') + show(values[index])
  }
  send(call, operation, apply(slice, line, [0, MAX_LINE + 1]))
}

function show(value) {
  if (typeof value === 'string') return value
  try {
    if (typeof value === 'object' && value !== null) {
      if (value instanceof Error) return ownFrames(`${value.stack ?? value}`)
      return logged(value) ?? `${value}`
    }
    return String(value)
  } catch {
    return '[not printable]'
  }
}
