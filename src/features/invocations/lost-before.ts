import type { App } from '../../app.ts'
import { hours } from '../../lib/units.ts'

/** Beyond its time limit a run may have waited for a process so long. */
const MAY_HAVE_WAITED_MS = hours(1)

/** A run that began before this and has not ended was lost: no limit of time, and no wait, is so long. */
export function lostBefore(app: App): Date {
  const { timeoutMs, jobTimeoutMs } = app.config.plugins
  return new Date(app.clock.now().getTime() - Math.max(timeoutMs, jobTimeoutMs) - MAY_HAVE_WAITED_MS)
}
