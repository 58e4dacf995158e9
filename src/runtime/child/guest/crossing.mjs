import { send, stringify } from './bridge.mjs'
import { ownFrames } from './errors.mjs'

/** What a handler returned goes to the host. */
export const RETURNED = 1
/** Something is asked of the host with it. */
export const GIVEN = 2
const LOGGED = 3

/** Of one text: more say nothing new. */
const MAX_HINTS = 3

const { defineProperty, getPrototypeOf } = Object
const listOf = Array.from

/** What a text is just being made of; 0 while a plugin makes one for itself: then all is as the language has it. */
let making = 0
/** In whose log it is told, and of which handler or operation. */
let makingCall = 0
let makingName = ''
let hints = 0

/**
 * The JSON of what leaves the plugin. JSON says nothing of what it loses, and not where it fails: here the author reads in
 * the log that a promise was not awaited, and in the error which value cannot be sent.
 *
 * @param {number} call
 * @param {string} name of the handler, or of what is asked of the host
 * @param {1 | 2} what RETURNED or GIVEN
 * @param {unknown} value
 * @returns {string | undefined}
 */
export function crossing(call, name, what, value) {
  const outer = making
  making = what
  makingCall = call
  makingName = name
  hints = 0
  try {
    return stringify(value)
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith('Converting circular'))
      error.message = `${whole()} cannot be sent, since it leads back to itself. ${error.message}`
    throw error
  } finally {
    making = outer
  }
}

/**
 * The text of a value in a log, where maps, errors and numbers of any size can be read too.
 *
 * @param {object} value
 */
export function logged(value) {
  const outer = making
  making = LOGGED
  try {
    return stringify(value)
  } catch {
    const above = []
    // The object in which a key stands is `this`: what lies between it and the root leads here.
    return stringify(value, function (_key, it) {
      if (typeof it !== 'object' || it === null) return it
      while (above.length > 0 && above[above.length - 1] !== this) above.pop()
      if (above.includes(it)) return '[circular]'
      above.push(it)
      return it
    })
  } finally {
    making = outer
  }
}

/** What JSON makes of each is `{}`, or an error that names no place. */
const LOSSES = [
  [Promise.prototype, 'is a promise: await it', () => '[promise]'],
  [Map.prototype, 'is a Map, of which nothing is sent: make it an object or a list', (it) => listOf(it)],
  [Set.prototype, 'is a Set, of which nothing is sent: make it a list', (it) => listOf(it)],
  [
    Error.prototype,
    'is an Error, of which nothing is sent: give its message',
    (it) => ownFrames(`${it.stack ?? it}`),
  ],
  [
    getPrototypeOf(Uint8Array.prototype),
    'is made of bytes, which are sent one by one: make them text, by base64 or as it suits',
    (it) => `[${it.length} bytes]`,
  ],
]

for (const [prototype, hint, inLog] of LOSSES) {
  defineToJson(prototype, function (key) {
    if (making === LOGGED) return inLog(this)
    if (making !== 0 && ++hints <= MAX_HINTS) send(makingCall, 'log.warn', `${part(key)} ${hint}.`)
    return this
  })
}

defineToJson(BigInt.prototype, function (key) {
  if (making === LOGGED) return `${this}n`
  // What the language itself throws names no place.
  if (making !== 0)
    throw new TypeError(`${part(key)} is a BigInt, which cannot be sent: make it a number or a text.`)
  return this
})

function part(key) {
  return key === '' ? whole() : `"${key}" in w${whole().slice(1)}`
}

function whole() {
  return making === RETURNED ? `What ${makingName} returned` : `What ctx.${makingName} was given`
}

/** As the language would: plugins may put their own in its place. */
function defineToJson(prototype, value) {
  defineProperty(prototype, 'toJSON', { value, writable: true, configurable: true, enumerable: false })
}
