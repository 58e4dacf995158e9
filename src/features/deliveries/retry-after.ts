import { hours, seconds } from '../../lib/units.ts'

/** As long as anyone may ask to be left alone; the YAML's longest pause is the same. */
const MAX_RETRY_AFTER_MS = hours(24)

/**
 * Milliseconds for which a receiver asks to be left alone, bounded: `Retry-After` as seconds or as a date (RFC 9110, 10.2.3); 0 where
 * it does not, or says nothing that can be read.
 */
export function retryAfterMs(header: string | string[] | undefined, now: Date): number {
  const text = (Array.isArray(header) ? header[0] : header)?.trim()
  if (text === undefined) return 0
  const asked = /^\d{1,10}$/.test(text) ? seconds(Number(text)) : Date.parse(text) - now.getTime()
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), MAX_RETRY_AFTER_MS) : 0
}
