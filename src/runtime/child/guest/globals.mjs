import { onEnter, send } from './bridge.mjs'
import { crypto } from './crypto.mjs'
import { TextDecoder, TextEncoder, atob, btoa } from './encoding.mjs'
import { makeConsole } from './log.mjs'
import { structuredClone } from './structured-clone.mjs'
import { URLSearchParams } from './url-search-params.mjs'
import { URL } from './url.mjs'

/** What code made from text is made by: without these there is no `eval` and no `Function`, as the format says. */
const COMPILERS = [function () {}, async function () {}, function* () {}, async function* () {}].map(
  (example) => Object.getPrototypeOf(example),
)

function refuse() {
  throw new EvalError('Code from strings is not possible in a plugin.')
}
Object.defineProperty(refuse, 'name', { value: 'Function' })
Object.defineProperty(refuse, 'prototype', { value: Function.prototype, writable: false })

for (const prototype of COMPILERS) {
  Object.defineProperty(prototype, 'constructor', { value: refuse, writable: false, configurable: false })
}
// Finalizers would run in nobody's invocation, under nobody's clock.
const ABSENT = ['eval', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry']
for (const name of ABSENT) delete globalThis[name]

/** @type {Record<number, () => void>} */
const timers = Object.create(null)

/**
 * Runs `callback` after `delay` milliseconds, if the invocation that asks still runs then.
 *
 * @param {unknown} callback
 * @param {unknown} [delay]
 * @param {unknown[]} values
 * @returns {number}
 */
function setTimeout(callback, delay = 0, ...values) {
  if (typeof callback !== 'function') throw new TypeError('setTimeout takes a function')
  const wait = Math.trunc(Number(delay))
  const id = +send(0, 'timer.set', `${wait > 0 ? wait : 0}`)
  if (id > 0) timers[id] = () => callback(...values)
  return id
}

/** @param {number} id */
function clearTimeout(id) {
  if (typeof id !== 'number' || !timers[id]) return
  delete timers[id]
  send(0, 'timer.clear', `${id}`)
}

onEnter('timer', (id) => {
  const callback = timers[id]
  delete timers[id]
  try {
    callback?.()
  } catch (error) {
    console.warn('What setTimeout called has thrown:', error)
  }
})

onEnter('timer.drop', (id) => {
  delete timers[id]
})

const console = makeConsole()
const globals = {
  Function: refuse,
  console,
  setTimeout,
  clearTimeout,
  URL,
  URLSearchParams,
  TextEncoder,
  TextDecoder,
  atob,
  btoa,
  structuredClone,
  crypto,
}
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false })
}
