import type { LicenseType } from '../../generated/prisma/enums.ts'
import { UserError, UserErrors } from '../../lib/errors.ts'
import { days } from '../../lib/units.ts'
import { CLOCK_SKEW_MS, MAX_TERM_MS } from './license-times.ts'

/** From when to when a licence is to hold. */
export interface Term {
  startsAt: Date
  /** Null: it never expires. */
  expiresAt: Date | null
}

/** The term of a new licence: as given, from now on where left out, and for a trial as long as the plugin's policy says. */
export function termOf(
  given: { type: LicenseType; startsAt?: Date | undefined; expiresAt?: Date | undefined },
  plugin: { slug: string; trialDays: number | null },
  now: Date,
): Term {
  const { startsAt = now, expiresAt = null } = given
  const mistakes = [...mistakesOfStart(startsAt, now), ...mistakesOfExpiry(expiresAt, startsAt, now)]
  if (mistakes.length > 0) throw new UserErrors(mistakes)
  if (given.type !== 'TRIAL') return { startsAt, expiresAt }
  if (plugin.trialDays === null) {
    throw new UserError(
      'INVALID_STATE',
      `${plugin.slug} has no trials: its licence policy says no trialDays.`,
      ['type'],
    )
  }
  if (expiresAt !== null)
    throw wrong('expiresAt', "is left out for a trial: the plugin's licence policy says how long it is")
  return { startsAt, expiresAt: new Date(startsAt.getTime() + days(plugin.trialDays)) }
}

function mistakesOfStart(startsAt: Date, now: Date): UserError[] {
  if (startsAt.getTime() < now.getTime() - CLOCK_SKEW_MS)
    return [wrong('startsAt', 'must not be in the past')]
  return tooFar(startsAt, now) ? [wrong('startsAt', TOO_FAR)] : []
}

function mistakesOfExpiry(expiresAt: Date | null, startsAt: Date, now: Date): UserError[] {
  if (expiresAt === null) return []
  if (expiresAt <= now) return [wrong('expiresAt', 'must be in the future')]
  if (expiresAt <= startsAt) return [wrong('expiresAt', 'must be later than startsAt')]
  return tooFar(expiresAt, now) ? [wrong('expiresAt', TOO_FAR)] : []
}

const TOO_FAR = 'is more than a hundred years away'

function tooFar(date: Date, now: Date): boolean {
  return date.getTime() - now.getTime() > MAX_TERM_MS
}

function wrong(field: 'startsAt' | 'expiresAt', what: string): UserError {
  return new UserError('INVALID_INPUT', `${field} ${what}.`, [field])
}
