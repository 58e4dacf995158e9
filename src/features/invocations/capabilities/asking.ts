import type { z } from 'zod'
import type { App } from '../../../app.ts'
import { seconds } from '../../../lib/units.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import type { Capability } from '../../../runtime/plugin-call.ts'
import type { Target } from '../target.ts'

/** The invocation whose code asks the host. */
export interface Asking {
  app: App
  target: Target
  invocationId: string
  /** Hooks of plugins that this one runs within: 0 where the host called it. */
  depth: number
  /** Keeps what was fetched for the invocation's row. */
  noteRequest: (request: HttpRequestLog) => void
}

/** One request that a plugin made through the host, as the graph tells it. */
export interface HttpRequestLog {
  /** ISO 8601. */
  at: string
  method: string
  host: string
  /** Null where there was no answer. */
  status: number | null
  /** Of the answer's body. */
  bytes: number
  durationMs: number
  error: string | null
}

/** What a permission gives: operations by their name, e.g. `secrets.get`. */
export interface CapabilitySource {
  /** Of the manifest, granted by the review; null: every plugin has it. */
  permission: string | null
  operations: (asking: Asking) => Record<string, Capability>
}

/**
 * What a plugin gave an operation, checked.
 *
 * @throws {CapabilityError} BAD_INPUT with `usage` and what is wrong with it
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  usage: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (!parsed.success) throw new CapabilityError('BAD_INPUT', usage)
  return parsed.data
}

/** What an installation did too often this minute. */
export function rateLimited(what: string, waitMs: number): CapabilityError {
  const wait = Math.max(1, Math.ceil(waitMs / seconds(1)))
  return new CapabilityError('RATE_LIMITED', `Too many ${what} in this minute: try again in ${wait} s.`)
}
