import { onEnter, parse, send } from './bridge.mjs'
import { GIVEN, crossing } from './crossing.mjs'
import { HostError, PermissionDenied, from } from './errors.mjs'

/** Characters; the host measures bytes, this only keeps what is far too large from crossing. */
const MAX_JSON = 1024 * 1024

/** Characters from which a call is large. */
const LARGE = 64 * 1024

/** Characters of large calls that an invocation has under way: what is more waits here, in the plugin's own memory and not in the host's. */
const LARGE_AT_ONCE = 1024 * 1024
/** With those that wait: more is refused. */
const LARGE_WAITING = 32 * LARGE_AT_ONCE

/** @typedef {{ resolve: (value: unknown) => void, reject: (error: Error) => void, call: number, operation: string, place: object }} Asked */

/** @type {Record<number, Asked & { large: number }>} */
const pending = Object.create(null)
let waitingCalls = 0

/** @type {Record<number, { underWay: number, waiting: number, held: { asked: Asked, text: string }[] }>} by invocation, while it has large calls */
const largeOf = Object.create(null)

/**
 * Asks the host to do something.
 *
 * @param {number} call id of the invocation that asks
 * @param {string} operation e.g. `secrets.get`
 * @param {unknown} input JSON-able
 * @returns {Promise<any>} the host's answer
 * @throws {PermissionDenied | HostError} in the promise
 */
export function hostCall(call, operation, input) {
  return new Promise((resolve, reject) => {
    const text = crossing(call, operation, GIVEN, input ?? null)
    if (text === undefined || text.length > MAX_JSON) {
      reject(from(new HostError('INVALID_INPUT', `${operation} takes JSON of at most 1 MiB.`), hostCall))
      return
    }
    const asked = { resolve, reject, call, operation, place: from({}, hostCall) }
    if (text.length < LARGE) ask(asked, text, 0)
    else askInTurn(asked, text)
  })
}

function askInTurn(asked, text) {
  const own = (largeOf[asked.call] ??= { underWay: 0, waiting: 0, held: [] })
  if (own.underWay === 0 || own.underWay + text.length <= LARGE_AT_ONCE) askLarge(own, asked, text)
  else if (own.underWay + own.waiting + text.length > LARGE_WAITING) refuse(asked, 'BUSY')
  else {
    own.waiting += text.length
    own.held.push({ asked, text })
  }
}

function askLarge(own, asked, text) {
  if (ask(asked, text, text.length)) own.underWay += text.length
}

/** Whether the host has it now. */
function ask(asked, text, large) {
  const answer = send(asked.call, `call:${asked.operation}`, text)
  const ticket = +answer
  if (!(ticket > 0)) {
    refuse(asked, answer)
    return false
  }
  waitingCalls += 1
  pending[ticket] = { ...asked, large }
  return true
}

function refuse(asked, code) {
  reject(asked, new HostError(code, REFUSALS[code] ?? 'The call was refused.'))
}

/** It is made where nothing of the plugin runs: its place is where the host was asked. */
function reject(asked, error) {
  const [, ...frames] = `${asked.place.stack}`.split('\n')
  error.stack = [`${error.name} [${error.code}]: ${error.message}`, ...frames].join('\n')
  asked.reject(error)
}

const REFUSALS = {
  __proto__: null,
  HOST_CALL_LIMIT:
    'This invocation has used up its calls of the host: ask for more at once, or do it in several runs.',
  CALL_ENDED: 'The invocation that this context belongs to has ended.',
  INVALID_INPUT: 'The arguments are larger than 1 MiB.',
  BUSY: 'Too much of what was asked before waits: await some of it before asking more.',
}

onEnter('answer', (ticket, text) => {
  const asked = settled(ticket)
  if (asked) asked.resolve(text === '' ? undefined : parse(text))
})

onEnter('refuse', (ticket, text) => {
  const asked = settled(ticket)
  if (!asked) return
  const { code, message } = parse(text)
  reject(
    asked,
    code === 'PERMISSION_DENIED' ? new PermissionDenied(asked.operation) : new HostError(code, message),
  )
})

/** What the host has answered now, where somebody waits for it; the next of the large ones goes out. */
function settled(ticket) {
  const asked = pending[ticket]
  if (!asked) return undefined
  delete pending[ticket]
  waitingCalls -= 1
  if (asked.large > 0) askHeld(asked.call, asked.large)
  return asked
}

function askHeld(call, answered) {
  const own = largeOf[call]
  own.underWay -= answered
  while (own.held.length > 0) {
    const { asked, text } = own.held[0]
    if (own.underWay > 0 && own.underWay + text.length > LARGE_AT_ONCE) return
    own.held.shift()
    own.waiting -= text.length
    askLarge(own, asked, text)
  }
  if (own.underWay === 0) delete largeOf[call]
}

/**
 * Ends what a handler has asked of the host and not waited for: nobody answers it any more.
 *
 * @param {number} call
 * @param {boolean} warns whether its author is told in the log: it is broken off there, done or not
 */
export function endCalls(call, warns) {
  const held = largeOf[call]?.held ?? []
  delete largeOf[call]
  if (waitingCalls === 0) return
  const operations = []
  for (const ticket in pending) {
    if (pending[ticket].call !== call) continue
    note(operations, pending[ticket].operation)
    delete pending[ticket]
    waitingCalls -= 1
  }
  for (const { asked } of held) note(operations, asked.operation)
  if (!warns) return
  for (const operation of operations)
    send(call, 'log.warn', `ctx.${operation} was still under way when the handler ended: await it.`)
}

function note(operations, operation) {
  if (!operations.includes(operation)) operations.push(operation)
}
