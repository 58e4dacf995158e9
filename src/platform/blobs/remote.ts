import { messageOf } from '../../lib/errors.ts'

/** Written and deleted to prove that a store can be written; one name, so that a broken-off probe leaves one at most. */
export const PROBE_KEY = '.probe'
/** Holds the name of the service that deletes in the store. */
export const OWNER_KEY = '.owner'

/** Why a remote store did not do what it was asked, in words without credentials. */
export interface Failure {
  kind: 'refused' | 'missing' | 'silent'
  what: string
  /** Another try may succeed at once. */
  passing: boolean
}

/**
 * What became of a request, from the HTTP status and the code of the answer or, where there was none, from how it broke.
 * Null where it is none of these: a mistake of ours.
 */
export function failureOf(error: unknown, status: number | null, code: string | null): Failure | null {
  if (status !== null) {
    const what = `answers ${[status, code].filter((part) => part !== null).join(' ')}`
    if (status === 404) return { kind: 'missing', what, passing: false }
    if (status >= 500 || status === 429 || status === 409 || status === 408) {
      return { kind: 'silent', what, passing: true }
    }
    return { kind: 'refused', what, passing: false }
  }
  if (!(error instanceof Error)) return null
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return { kind: 'silent', what: 'does not answer in time', passing: false }
  }
  const broke = brokenBy(error)
  return broke === null ? null : { kind: 'silent', what: `cannot be reached (${broke})`, passing: true }
}

/** `ECONNREFUSED`, `UND_ERR_SOCKET`: of the error or of what caused it. */
function brokenBy(error: Error): string | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? cause.code : null
    if (typeof code === 'string' && /^(E[A-Z]+|UND_ERR_[A-Z_]+|REQUEST_SEND_ERROR)$/.test(code)) return code
  }
  return /terminated|fetch failed|socket hang up/.test(messageOf(error)) ? 'the connection broke' : null
}
