import type { PluginResult } from '../../runtime/plugin-call.ts'
import { stoppedResult } from '../../runtime/stopped-code.ts'

/** The circuit of the installation is open: the call is not made. */
export class CircuitOpenError extends Error {
  override readonly name = 'CircuitOpen'
  /** From then on it may be tried again. */
  readonly until: Date

  constructor(slug: string, until: Date) {
    super(`${slug} failed too often in a row: its calls are refused until ${until.toISOString()}.`)
    this.until = until
  }
}

/** What a call ends with that was not made for it. */
export function circuitOpenResult({ name, message }: CircuitOpenError, now: Date): PluginResult {
  return {
    ...stoppedResult(message, now),
    outcome: 'DENIED',
    error: { name, code: 'CIRCUIT_OPEN', message },
  }
}
