import { UserError, type UserErrorCode } from '../../lib/errors.ts'
import { LICENSE_DETAILS, type LicenseCode } from './license-check.ts'

/** The UserError of a licence that cannot be used. */
export function refuseLicense(code: LicenseCode, field?: string[]): UserError {
  return new UserError(errorCodeOf(code), LICENSE_DETAILS[code], field)
}

function errorCodeOf(code: LicenseCode): UserErrorCode {
  if (code === 'EXPIRED') return 'LICENSE_EXPIRED'
  return code === 'TOO_MANY_INSTALLATIONS' ? 'LICENSE_LIMIT' : 'LICENSE_INVALID'
}
