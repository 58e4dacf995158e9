import type { SiteCall } from '../../../app.ts'
import { CapabilityError } from '../../../runtime/capability-error.ts'
import type { Asking } from './asking.ts'

/** Hooks and filters of plugins within each other: deeper ones go round in a circle, or will before long. */
const MAX_DEPTH = 8

/**
 * How an invocation calls other plugins at its site.
 *
 * @throws {CapabilityError} HOOK_DEPTH where it is too deep in such calls itself
 */
export function callWithin({ target, depth }: Asking, signal: AbortSignal): SiteCall {
  if (depth < MAX_DEPTH) return { siteId: target.siteId, depth: depth + 1, callerId: target.id, signal }
  throw new CapabilityError(
    'HOOK_DEPTH',
    `Plugins call each other ${MAX_DEPTH} deep at most: do they go round in a circle?`,
  )
}
