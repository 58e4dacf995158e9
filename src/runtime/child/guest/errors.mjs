import { stringify } from './bridge.mjs'

/** Characters. Longer words of a plugin fill logs, and nobody reads them. */
const MAX_NAME = 100
const MAX_MESSAGE = 4000
const MAX_STACK = 8000
const MAX_DETAILS = 16_000
const MAX_CAUSES = 4

/** What a plugin throws to say something to the host; from a hook handler with `hooks:abort` it stops the workflow. */
export class PluginError extends Error {
  /**
   * @param {string} message
   * @param {{ code?: string, details?: unknown, cause?: unknown }} [options]
   */
  constructor(message, options = {}) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'PluginError'
    this.code = options?.code
    this.details = options?.details
  }
}

/** Thrown by what the plugin has no permission for. */
export class PermissionDenied extends Error {
  /** @param {string} operation e.g. `secrets.get` */
  constructor(operation) {
    super(`This plugin has no permission for ${operation}.`)
    this.name = 'PermissionDenied'
    this.code = 'PERMISSION_DENIED'
    this.operation = operation
  }
}

/** What the host says about a call of it that failed: a code and general words. */
export class HostError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message)
    this.name = 'HostError'
    this.code = code
  }
}

const captureStackTrace = Error.captureStackTrace
const slice = String.prototype.slice
const apply = Reflect.apply
const isArray = Array.isArray

/**
 * The JSON text that tells the host of an error. Reading a thrown thing can itself throw, or run code of the plugin.
 *
 * @param {unknown} error
 * @param {boolean} fromHandler whether a handler threw it: only there does a PluginError mean something to the host
 * @returns {string}
 */
export function describeError(error, fromHandler) {
  try {
    if (typeof error !== 'object' || error === null) {
      const message = text(error, MAX_MESSAGE) ?? `${error === null ? 'null' : typeof error} was thrown`
      return stringify({ type: 'other', name: 'Error', message, stack: withoutPlace('Error', message) })
    }
    const name = text(read(error, 'name'), MAX_NAME) ?? 'Error'
    const message = text(read(error, 'message'), MAX_MESSAGE) ?? ''
    return stringify({
      type: typeOf(error, fromHandler),
      name,
      message,
      code: text(read(error, 'code'), MAX_NAME),
      stack: stackOf(error) ?? (error instanceof Error ? undefined : withoutPlace(name, message)),
      details: detailsOf(error),
    })
  } catch {
    return '{"type":"other","name":"Error","message":"The plugin threw what could not be read."}'
  }
}

/** In place of a trace. */
function withoutPlace(name, message) {
  return `${name}: ${message}\n    at an unknown place: what was thrown is no Error. Throw an Error, which tells the line.`
}

function typeOf(error, fromHandler) {
  if (error instanceof PermissionDenied) return 'denied'
  return fromHandler && error instanceof PluginError ? 'plugin' : 'other'
}

function read(error, key) {
  try {
    return error[key]
  } catch {
    return undefined
  }
}

function text(value, length) {
  if (value === undefined || value === null || typeof value === 'symbol') return undefined
  if (typeof value === 'object' || typeof value === 'function') return undefined
  return apply(slice, `${value}`, [0, length])
}

function stackOf(error) {
  const stack = text(read(error, 'stack'), MAX_STACK)
  return stack === undefined ? undefined : ownFrames([stack, ...causesOf(error)].join('\n'))
}

/**
 * A trace with the plugin's own frames: those of this SDK say nothing to its author.
 *
 * @param {string} stack
 */
export function ownFrames(stack) {
  return stack
    .split('\n')
    .filter((line) => !(line.includes('patchbay:') && line.trimStart().startsWith('at ')))
    .join('\n')
}

/** The traces of what led to it, and of the errors that it gathers. */
function causesOf(error) {
  const causes = []
  for (let cause = read(error, 'cause'); cause instanceof Error; cause = read(cause, 'cause')) {
    if (causes.length >= MAX_CAUSES) break
    causes.push(`Caused by ${text(read(cause, 'stack'), MAX_STACK)}`)
  }
  const gathered = read(error, 'errors')
  for (let index = 0; isArray(gathered) && index < gathered.length && index < MAX_CAUSES; index += 1) {
    const one = gathered[index]
    causes.push(`One of them: ${text(one instanceof Error ? read(one, 'stack') : one, MAX_STACK)}`)
  }
  return causes
}

function detailsOf(error) {
  if (!(error instanceof PluginError)) return undefined
  try {
    const json = stringify(read(error, 'details'))
    return json === undefined || json.length > MAX_DETAILS ? undefined : json
  } catch {
    return undefined
  }
}

/**
 * An error whose stack begins at its caller.
 *
 * @template {object} T
 * @param {T} error
 * @param {Function} above
 */
export function from(error, above) {
  captureStackTrace(error, above)
  return error
}
