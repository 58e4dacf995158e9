import { onEnter, parse, send, stringify } from './bridge.mjs'
import { HostError, PermissionDenied, from } from './errors.mjs'

/** Characters; the host measures bytes, this only keeps what is far too large from crossing. */
const MAX_JSON = 1024 * 1024

/** @type {Record<number, { resolve: (value: unknown) => void, reject: (error: Error) => void, operation: string }>} */
const pending = Object.create(null)

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
    const text = stringify(input ?? null)
    if (text === undefined || text.length > MAX_JSON) {
      reject(from(new HostError('INVALID_INPUT', `${operation} takes JSON of at most 1 MiB.`), hostCall))
      return
    }
    const answer = send(call, `call:${operation}`, text)
    const ticket = +answer
    if (ticket > 0) pending[ticket] = { resolve, reject, operation }
    else reject(from(new HostError(answer, REFUSALS[answer] ?? 'The call was refused.'), hostCall))
  })
}

const REFUSALS = {
  __proto__: null,
  HOST_CALL_LIMIT: 'This invocation has used up its calls of the host.',
  CALL_ENDED: 'The invocation that this context belongs to has ended.',
  INVALID_INPUT: 'The arguments are larger than 1 MiB.',
}

onEnter('answer', (ticket, text) => {
  const waiting = pending[ticket]
  if (!waiting) return
  delete pending[ticket]
  waiting.resolve(text === '' ? undefined : parse(text))
})

onEnter('refuse', (ticket, text) => {
  const waiting = pending[ticket]
  if (!waiting) return
  delete pending[ticket]
  const { code, message } = parse(text)
  waiting.reject(
    code === 'PERMISSION_DENIED' ? new PermissionDenied(waiting.operation) : new HostError(code, message),
  )
})
