import type { JsonValue } from '../lib/json.ts'
import { CapabilityError } from './capability-error.ts'
import { MAX_JSON_BYTES } from './limits.ts'
import type { Capability } from './plugin-call.ts'
import { UntrustedJsonError, parseUntrustedJson } from './untrusted-json.ts'

export interface HostAnswer {
  kind: 'answer' | 'refuse'
  /** JSON for the guest; '' for nothing. */
  body: string
  denied: boolean
  /** What the host must be told of: a capability threw what is not for the guest. */
  failure?: unknown
}

/** Runs a capability on what the guest sent. Nothing but JSON, or a code and general words, comes back. */
export async function answerHostCall(
  capability: Capability | undefined,
  input: string,
  signal: AbortSignal,
  delivered?: Promise<void>,
): Promise<HostAnswer> {
  if (!capability) return refusal('PERMISSION_DENIED', '')
  try {
    const value = (await capability(parseUntrustedJson(input), signal, delivered)) as JsonValue | undefined
    const body = value === undefined ? '' : JSON.stringify(value)
    if (Buffer.byteLength(body) > MAX_JSON_BYTES) {
      return refusal('ANSWER_TOO_LARGE', 'The answer is larger than 1 MiB.')
    }
    return { kind: 'answer', body, denied: false }
  } catch (error) {
    if (error instanceof CapabilityError) return refusal(error.code, error.message)
    if (error instanceof UntrustedJsonError) return refusal('INVALID_INPUT', error.message)
    return { ...refusal('HOST_ERROR', 'The host could not do this.'), failure: error }
  }
}

/** What a call is told that brings, or is answered, more than there is room for. */
export const NO_ROOM: HostAnswer = refusal(
  'BUSY',
  'Too much of what was asked before waits: await some of it before asking more.',
)

function refusal(code: string, message: string): HostAnswer {
  return { kind: 'refuse', body: JSON.stringify({ code, message }), denied: code === 'PERMISSION_DENIED' }
}
