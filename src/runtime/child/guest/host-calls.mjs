import { onEnter, parse, send } from './bridge.mjs'
import { GIVEN, crossing } from './crossing.mjs'
import { HostError, PermissionDenied, from } from './errors.mjs'

/** Characters; the host measures bytes, this only keeps what is far too large from crossing. */
const MAX_JSON = 1024 * 1024

/** @type {Record<number, { resolve: (value: unknown) => void, reject: (error: Error) => void, call: number, operation: string, place: object }>} */
const pending = Object.create(null)
let waitingCalls = 0

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
    const answer = send(call, `call:${operation}`, text)
    const ticket = +answer
    if (ticket > 0) {
      waitingCalls += 1
      pending[ticket] = { resolve, reject, call, operation, place: from({}, hostCall) }
    } else reject(from(new HostError(answer, REFUSALS[answer] ?? 'The call was refused.'), hostCall))
  })
}

const REFUSALS = {
  __proto__: null,
  HOST_CALL_LIMIT:
    'This invocation has used up its calls of the host: ask for more at once, or do it in several runs.',
  CALL_ENDED: 'The invocation that this context belongs to has ended.',
  INVALID_INPUT: 'The arguments are larger than 1 MiB.',
}

onEnter('answer', (ticket, text) => {
  const waiting = pending[ticket]
  if (!waiting) return
  delete pending[ticket]
  waitingCalls -= 1
  waiting.resolve(text === '' ? undefined : parse(text))
})

onEnter('refuse', (ticket, text) => {
  const waiting = pending[ticket]
  if (!waiting) return
  delete pending[ticket]
  waitingCalls -= 1
  const { code, message } = parse(text)
  const error =
    code === 'PERMISSION_DENIED' ? new PermissionDenied(waiting.operation) : new HostError(code, message)
  // It is made here, where nothing of the plugin runs: its place is where the host was asked.
  const [, ...frames] = `${waiting.place.stack}`.split('\n')
  error.stack = [`${error.name} [${error.code}]: ${error.message}`, ...frames].join('\n')
  waiting.reject(error)
})

/**
 * Ends what a handler has asked of the host and not waited for: nobody answers it any more.
 *
 * @param {number} call
 * @param {boolean} warns whether its author is told in the log: it is broken off there, done or not
 */
export function endCalls(call, warns) {
  if (waitingCalls === 0) return
  const operations = []
  for (const ticket in pending) {
    const { call: asking, operation } = pending[ticket]
    if (asking !== call) continue
    delete pending[ticket]
    waitingCalls -= 1
    if (!operations.includes(operation)) operations.push(operation)
  }
  if (!warns) return
  for (const operation of operations)
    send(call, 'log.warn', `ctx.${operation} was still under way when the handler ended: await it.`)
}
