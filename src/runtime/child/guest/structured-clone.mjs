/**
 * A copy as the HTML standard's structured clone makes it, of what a plugin can hold: primitives, plain objects,
 * arrays, Map, Set, Date, RegExp, errors, boxed primitives, ArrayBuffer and its views, also where they form cycles.
 *
 * @template T
 * @param {T} value
 * @returns {T}
 */
export function structuredClone(value) {
  return copy(value, new Map())
}

function copy(value, seen) {
  if (typeof value === 'function' || typeof value === 'symbol') throw notCloneable(value)
  if (typeof value !== 'object' || value === null) return value
  if (seen.has(value)) return seen.get(value)
  const target = emptyLike(value, seen)
  seen.set(value, target)
  fill(value, target, seen)
  return target
}

function emptyLike(value, seen) {
  switch (Object.prototype.toString.call(value)) {
    case '[object Array]':
      return Object.assign([], { length: value.length })
    case '[object Map]':
      return new Map()
    case '[object Set]':
      return new Set()
    case '[object Date]':
      return new Date(value.getTime())
    case '[object RegExp]':
      return new RegExp(value.source, value.flags)
    case '[object Boolean]':
    case '[object Number]':
    case '[object String]':
    case '[object BigInt]':
      return Object(value.valueOf())
    case '[object ArrayBuffer]':
      return value.slice(0)
    case '[object Error]':
      return errorLike(value)
    default:
      if (ArrayBuffer.isView(value)) return viewLike(value, seen)
      if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet)
        throw notCloneable(value)
      return {}
  }
}

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }

function errorLike(error) {
  const kind = Object.hasOwn(ERRORS, error.name) ? ERRORS[error.name] : Error
  const target = new kind(error.message)
  Object.defineProperty(target, 'stack', { value: error.stack, writable: true, configurable: true })
  return target
}

function viewLike(view, seen) {
  const buffer = copy(view.buffer, seen)
  return view instanceof DataView
    ? new DataView(buffer, view.byteOffset, view.byteLength)
    : new view.constructor(buffer, view.byteOffset, view.length)
}

function fill(value, target, seen) {
  if (target instanceof Map) for (const [key, item] of value) target.set(copy(key, seen), copy(item, seen))
  else if (target instanceof Set) for (const item of value) target.add(copy(item, seen))
  else if (target instanceof Error) {
    if (Object.hasOwn(value, 'cause')) target.cause = copy(value.cause, seen)
  } else if (isPlain(target)) {
    for (const key of Object.keys(value)) {
      Object.defineProperty(target, key, {
        value: copy(value[key], seen),
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
  }
}

function isPlain(target) {
  return Array.isArray(target) || Object.getPrototypeOf(target) === Object.prototype
}

function notCloneable(value) {
  const error = new TypeError(`${typeof value === 'symbol' ? 'A symbol' : 'This'} could not be cloned.`)
  error.name = 'DataCloneError'
  return error
}
