import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { License } from '../../generated/prisma/client.ts'
import { UserError } from '../../lib/errors.ts'
import { changeLicense } from './change-license.ts'
import { keepPerpetual } from './keep-perpetual.ts'
import { endsAtOf, MAX_TERM_MS, reachedMark } from './license-times.ts'

/**
 * Lets a licence expire later. One that has expired is ACTIVE again; what was deactivated after its end is for its site to
 * activate. A trial has the length that its plugin gives it.
 */
export async function renewLicense(
  app: App,
  actor: Actor,
  { licenseId, expiresAt }: { licenseId: string; expiresAt: Date },
): Promise<string> {
  return await changeLicense(app, actor, licenseId, 'license.renewed', (license, now) => {
    checkRenewal(license, expiresAt, now)
    return {
      change: {
        expiresAt,
        endsAt: endsAtOf(expiresAt, license.gracePeriodDays),
        toldDays: reachedMark(expiresAt, now),
        ...(license.status === 'EXPIRED' ? { status: 'ACTIVE' } : {}),
      },
      payload: { expiresAt: expiresAt.toISOString() },
      afterwards: (tx) => keepPerpetual(tx, { licenseId }),
    }
  })
}

function checkRenewal(license: License, expiresAt: Date, now: Date): void {
  if (license.status === 'REVOKED') {
    throw new UserError('INVALID_STATE', 'The licence is REVOKED. That is final: issue another one.', [
      'licenseId',
    ])
  }
  if (license.type === 'TRIAL') {
    throw new UserError('INVALID_STATE', 'A trial is not renewed: issue another type of licence.', [
      'licenseId',
    ])
  }
  if (license.expiresAt === null) {
    throw new UserError('INVALID_STATE', 'The licence never expires.', ['licenseId'])
  }
  if (expiresAt <= license.expiresAt) {
    throw wrongDate(`must be later than ${license.expiresAt.toISOString()}, when it expires now`)
  }
  if (expiresAt <= now) throw wrongDate('must be in the future')
  if (expiresAt.getTime() - now.getTime() > MAX_TERM_MS) throw wrongDate('is more than a hundred years away')
}

function wrongDate(what: string): UserError {
  return new UserError('INVALID_INPUT', `expiresAt ${what}.`, ['expiresAt'])
}
