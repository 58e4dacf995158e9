import { stringify } from './bridge.mjs'

/** Characters. Longer words of a plugin fill logs, and nobody reads them. */
const MAX_NAME = 100
const MAX_MESSAGE = 4000
const MAX_STACK = 8000
const MAX_DETAILS = 16_000

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
      return stringify({ type: 'other', name: 'Error', message: text(error, MAX_MESSAGE) ?? 'unknown' })
    }
    return stringify({
      type: typeOf(error, fromHandler),
      name: text(read(error, 'name'), MAX_NAME) ?? 'Error',
      message: text(read(error, 'message'), MAX_MESSAGE) ?? '',
      code: text(read(error, 'code'), MAX_NAME),
      stack: stackOf(error),
      details: detailsOf(error),
    })
  } catch {
    return '{"type":"other","name":"Error","message":"The plugin threw what could not be read."}'
  }
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

/** The plugin's own frames: those of this SDK say nothing to its author. */
function stackOf(error) {
  const stack = text(read(error, 'stack'), MAX_STACK)
  if (stack === undefined) return undefined
  return stack
    .split('\n')
    .filter((line) => !line.includes('patchbay:'))
    .join('\n')
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
 * @param {Error} error
 * @param {Function} above
 */
export function from(error, above) {
  captureStackTrace(error, above)
  return error
}
