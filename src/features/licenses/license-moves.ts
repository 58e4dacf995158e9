import type { LicenseStatus } from '../../generated/prisma/enums.ts'
import { UserError } from '../../lib/errors.ts'

/** What people may make of a licence in each state; that time makes it EXPIRED, and renewing ACTIVE again, is apart. */
const MAY_BECOME: Readonly<Record<LicenseStatus, readonly LicenseStatus[]>> = {
  ACTIVE: ['SUSPENDED', 'REVOKED'],
  EXPIRED: ['SUSPENDED', 'REVOKED'],
  SUSPENDED: ['ACTIVE', 'REVOKED'],
  REVOKED: [],
}

/** Refuses with INVALID_STATE a move that is none. */
export function checkLicenseMove(from: LicenseStatus, to: LicenseStatus): void {
  if (MAY_BECOME[from].includes(to)) return
  const advice = from === 'REVOKED' ? 'That is final: issue another one.' : ''
  throw new UserError('INVALID_STATE', `The licence is ${from} and cannot become ${to}. ${advice}`.trim(), [
    'licenseId',
  ])
}
