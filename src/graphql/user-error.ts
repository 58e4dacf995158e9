import type { UserError, UserErrorCode } from '../lib/errors.ts'
import { builder } from './builder.ts'

/** All of them: one that is missing here, or is none, does not compile. */
const CODES: Record<UserErrorCode, true> = {
  INVALID_INPUT: true,
  INVALID_STATE: true,
  NOT_FOUND: true,
  ALREADY_EXISTS: true,
  ARCHIVE_REJECTED: true,
  MANIFEST_INVALID: true,
  CHECKSUM_MISMATCH: true,
  SIGNATURE_INVALID: true,
  VERSION_EXISTS: true,
  SECURITY_FINDINGS: true,
  NOT_APPROVED: true,
  REVOKED: true,
  HOST_INCOMPATIBLE: true,
  DEPENDENCY_CONFLICT: true,
  HAS_DEPENDENTS: true,
  DOWNGRADE: true,
  SETTINGS_INVALID: true,
  SECRET_MISSING: true,
  SANDBOX_ERROR: true,
  SANDBOX_TIMEOUT: true,
  SANDBOX_OUT_OF_MEMORY: true,
  ABORTED_BY_PLUGIN: true,
  SELF_REVIEW: true,
  SIGNATURE_REQUIRED: true,
  YANKED: true,
  LICENSE_REQUIRED: true,
  LICENSE_INVALID: true,
  LICENSE_EXPIRED: true,
  LICENSE_LIMIT: true,
  PERMISSION_NOT_GRANTED: true,
  SETTING_LOCKED: true,
  CONTRIBUTION_CONFLICT: true,
  TRIAL_USED: true,
  QUOTA_EXCEEDED: true,
  PLAN_STALE: true,
  IDEMPOTENCY_KEY_REUSED: true,
  WEBHOOK_INVALID: true,
}

const UserErrorCodeEnum = builder.enumType('UserErrorCode', {
  description: 'What the caller can mend.',
  values: Object.keys(CODES) as UserErrorCode[],
})

/** As payloads tell it. */
export const UserErrorType = builder
  .objectRef<Pick<UserError, 'code' | 'message' | 'field'>>('UserError')
  .implement({
    fields: (t) => ({
      code: t.field({ type: UserErrorCodeEnum, resolve: (error) => error.code }),
      message: t.exposeString('message', { description: 'What is wrong, and what to do.' }),
      field: t.stringList({
        nullable: true,
        description: 'Path in the input, e.g. ["configuration", "timeout"].',
        resolve: (error) => error.field,
      }),
    }),
  })
