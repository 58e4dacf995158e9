const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(['globalThis', 'window', 'self', 'global'])

/** Whether a free name means the object that holds all globals, here or elsewhere. */
export function isGlobalObject(name: string): boolean {
  return GLOBAL_OBJECTS.has(name)
}

/** The language's own, without what a host adds. */
const ROOTS: ReadonlySet<string> = new Set(
  (
    'AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError ' +
    'Float32Array Float64Array Function Int16Array Int32Array Int8Array JSON Map Math Number Object Promise Proxy ' +
    'RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError TypeError URIError Uint16Array ' +
    'Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI decodeURIComponent encodeURI ' +
    'encodeURIComponent escape eval isFinite isNaN parseFloat parseInt unescape'
  ).split(' '),
)

/** Whether a path such as `Math.max` or `Array.prototype.map` leads to a function of the language. */
export function isBuiltinFunction(path: string): boolean {
  const [root = '', ...keys] = path.split('.')
  if (!ROOTS.has(root)) return false
  let value: unknown = Object.getOwnPropertyDescriptor(globalThis, root)?.value
  for (const key of keys) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
    value = Object.getOwnPropertyDescriptor(value, key)?.value
  }
  return typeof value === 'function'
}
