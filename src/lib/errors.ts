/** Codes of what the caller can mend; the same names as `UserErrorCode` in the graph. */
export type UserErrorCode =
  | 'INVALID_INPUT'
  | 'INVALID_STATE'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'ARCHIVE_REJECTED'
  | 'MANIFEST_INVALID'
  | 'CHECKSUM_MISMATCH'
  | 'SIGNATURE_INVALID'
  | 'VERSION_EXISTS'
  | 'SECURITY_FINDINGS'
  | 'NOT_APPROVED'
  | 'REVOKED'
  | 'HOST_INCOMPATIBLE'
  | 'DEPENDENCY_CONFLICT'
  | 'HAS_DEPENDENTS'
  | 'DOWNGRADE'
  | 'SETTINGS_INVALID'
  | 'SECRET_MISSING'
  | 'SANDBOX_ERROR'
  | 'SANDBOX_TIMEOUT'
  | 'SANDBOX_OUT_OF_MEMORY'
  | 'ABORTED_BY_PLUGIN'
  | 'SELF_REVIEW'
  | 'SIGNATURE_REQUIRED'
  | 'YANKED'
  | 'LICENSE_REQUIRED'
  | 'LICENSE_INVALID'
  | 'LICENSE_EXPIRED'
  | 'LICENSE_LIMIT'
  | 'PERMISSION_NOT_GRANTED'
  | 'SETTING_LOCKED'
  | 'CONTRIBUTION_CONFLICT'
  | 'TRIAL_USED'
  | 'QUOTA_EXCEEDED'
  | 'PLAN_STALE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'WEBHOOK_INVALID'

/**
 * What the caller can mend: told in the payload's `userErrors`, and the transaction that it was thrown from has
 * changed nothing. The message says what to do.
 */
export class UserError extends Error {
  readonly code: UserErrorCode
  /** Path in the input, e.g. `['configuration', 'timeout']`. */
  readonly field: string[] | null

  constructor(code: UserErrorCode, message: string, field?: string[]) {
    super(message)
    this.name = 'UserError'
    this.code = code
    this.field = field ?? null
  }
}

/** Codes of what the caller may not do or see, and of requests that could not be served. */
export type RequestErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'RATE_LIMITED'
  | 'CONFLICT'
  /** Something that the service needs does not answer now. */
  | 'UNAVAILABLE'

/** Ends the request with a GraphQL error of that `extensions.code`, or with the matching HTTP status outside the graph. */
export class RequestError extends Error {
  readonly code: RequestErrorCode
  /** When trying again makes sense, if that is known. */
  readonly retryAfterMs: number | null

  constructor(code: RequestErrorCode, message: string, retryAfterMs: number | null = null) {
    super(message)
    this.name = 'RequestError'
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** An unknown id and a foreign one get this very answer, byte for byte: existence is not told. */
export function notFound(what: string): RequestError {
  return new RequestError('NOT_FOUND', `There is no such ${what}, or you may not see it.`)
}

/** The text of whatever was thrown; a name with several addresses fails with an error for each, and no text of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}

/** Several mistakes of one input, told together. */
export class UserErrors extends Error {
  readonly errors: readonly UserError[]

  constructor(errors: readonly UserError[]) {
    super(errors.map((error) => error.message).join(' '))
    this.name = 'UserErrors'
    this.errors = errors
  }
}
