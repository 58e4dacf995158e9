import type { App } from '../../app.ts'
import { MiB, seconds } from '../../lib/units.ts'
import type { EgressAnswer, EgressHop } from '../../platform/egress/egress.ts'
import type { LargeBody } from './large-body.ts'

/** Of the answer's body, as it comes and decoded. */
const MAX_ANSWER_BYTES = 5 * MiB
/** For look-ups, connections, redirects and bodies together; a plugin may ask for less. */
const MAX_TIME_MS = seconds(10)
const MAX_REDIRECTS = 3

/** A request as a plugin asks for it. */
export interface PluginRequest {
  url: string
  method?: string | undefined
  headers: Record<string, string>
  body: string | Uint8Array | undefined
  timeoutMs?: number | undefined
}

/** Where it may go, and who is told. */
export interface FetchTerms {
  /** Entries of an allow-list, for each hop. */
  hosts: readonly string[]
  onHop: (hop: EgressHop) => void
  /** Asked how much of the answer's body may be in memory. */
  large: LargeBody
  /** Aborted when the invocation ends. */
  signal: AbortSignal
}

/** Makes a plugin's request within its limits. Throws EgressRefused. */
export async function fetchForPlugin(
  app: App,
  { url, method, headers, body, timeoutMs = MAX_TIME_MS }: PluginRequest,
  { hosts, onHop, large, signal }: FetchTerms,
): Promise<EgressAnswer> {
  return await app.egress.fetch(url, {
    method,
    headers,
    body,
    hosts,
    maxBytes: MAX_ANSWER_BYTES,
    timeoutMs: Math.min(timeoutMs, MAX_TIME_MS),
    redirects: MAX_REDIRECTS,
    onHop,
    onHeld: (bytes, ended) => large.hold(bytes, ended),
    signal,
  })
}
