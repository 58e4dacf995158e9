import type { InvocationKind, PluginCall, PluginFailure, PluginResult } from './plugin-call.ts'

/**
 * Code that may not run any more: of one installation (all of it, or all but calls of one kind), of a package wherever
 * this process runs it, or all of one organization (null: of all).
 */
export type StoppedCode =
  | { installation: string; but?: InvocationKind }
  | { digest: string }
  | { organization: string | null }

/** Whether a call, or an isolate, is of that code. */
export function isOf(
  code: StoppedCode,
  it: Pick<PluginCall, 'installation' | 'digest'> & { kind?: InvocationKind; organization?: string },
): boolean {
  if ('organization' in code) return code.organization === null || it.organization === code.organization
  // What a package brings besides its files goes by a digest that begins with the package's.
  if ('digest' in code) return it.digest.startsWith(code.digest)
  return it.installation === code.installation && (code.but === undefined || it.kind !== code.but)
}

const STOPPED = 'Stopped'

/** What a call that was stopped ended with. */
export function stoppedFailure(reason: string): PluginFailure {
  return { name: STOPPED, message: reason }
}

/** Whether a call ended because its code was stopped: it is not tried again. */
export function wasStopped({ outcome, error }: PluginResult): boolean {
  return outcome === 'CRASHED' && error?.name === STOPPED
}

/** The result of a call that was stopped before it began. */
export function stoppedResult(reason: string, at: Date): PluginResult {
  return {
    outcome: 'CRASHED',
    handled: false,
    error: stoppedFailure(reason),
    logs: [],
    startedAt: at,
    durationMs: 0,
    cpuMs: 0,
    heapUsedBytes: 0,
    hostCalls: 0,
    bytesOut: 0,
    deniedCalls: 0,
  }
}
