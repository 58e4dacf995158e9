import { days, minutes } from '../../lib/units.ts'

/** Marks before the expiry, in days, at which it is told; the nearest one only. */
export const EXPIRY_MARKS = [1, 7, 30] as const

/** A clock that runs behind ours by this much may still say "from now on". */
export const CLOCK_SKEW_MS = minutes(5)
/** Longer than anything is licensed for: a later date is a slip of the pen. */
export const MAX_TERM_MS = days(366 * 100)
/** A year after which one may still not have paid is no grace. */
export const MAX_GRACE_DAYS = 365

/** When nothing runs by a licence any more. */
export function endsAtOf(expiresAt: Date | null, gracePeriodDays: number): Date | null {
  return expiresAt === null ? null : new Date(expiresAt.getTime() + days(gracePeriodDays))
}

/** The nearest mark that has been reached at a time: what need not be told of a licence that is issued or renewed then. */
export function reachedMark(expiresAt: Date | null, now: Date): number | null {
  if (expiresAt === null) return null
  const left = expiresAt.getTime() - now.getTime()
  return EXPIRY_MARKS.find((mark) => left <= days(mark)) ?? null
}
