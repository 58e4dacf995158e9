import { UserError } from '../../lib/errors.ts'
import type { Target } from '../invocations/target.ts'

/** What ended a step of several installations at once, with how they stand now; of one alone that is known. */
export function withStanding(error: unknown, going: readonly Target[], standing: string): unknown {
  if (!(error instanceof UserError) || going.length < 2) return error
  const names = going.map(({ slug }) => slug).join(', ')
  return new UserError(
    error.code,
    `${error.message} Nothing was uninstalled: ${names} ${standing}.`,
    error.field ?? undefined,
  )
}
