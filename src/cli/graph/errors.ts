import { messageOf } from '../../lib/errors.ts'
import { plain } from '../console.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'

/** Errors of a GraphQL answer. */
export type GraphErrors = readonly { message: string; extensions?: { code?: string } }[]

/** What an error of the graph ends a command with. */
export function graphError([first]: GraphErrors, url: string): CliError {
  const code = first?.extensions?.code ?? 'UNKNOWN'
  const message = plain(first?.message ?? 'The server gives no reason.')
  return new CliError(EXITS[code] ?? EXIT.refused, code, `${url} refuses: ${message}${ADVICE[code] ?? ''}`)
}

/** The server was not reached, or broke off. */
export function unreachable(url: string, error: unknown): CliError {
  const reason = plain(error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error))
  return new CliError(
    EXIT.noAccess,
    'UNREACHABLE',
    `${url} cannot be reached (${reason || 'no reason is known'}): is the address right, and does the server run?`,
    { cause: error },
  )
}

/** Something answered, and it was no graph. */
export function noGraph(url: string, status: number): CliError {
  const what =
    status >= 300 && status < 400
      ? 'it sends elsewhere: use the address that it sends to'
      : 'is this the address of a Patchbay?'
  return new CliError(EXIT.noAccess, 'UNREACHABLE', `${url} answers ${status} and no GraphQL: ${what}`)
}

const EXITS: Readonly<Record<string, ExitCode>> = {
  UNAUTHENTICATED: EXIT.noAccess,
  FORBIDDEN: EXIT.noAccess,
  UNAVAILABLE: EXIT.noAccess,
  RATE_LIMITED: EXIT.noAccess,
  INTERNAL_SERVER_ERROR: EXIT.unexpected,
  UNKNOWN: EXIT.unexpected,
}

const ADVICE: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: ' Use patchbay login with a key that is in force, or set PATCHBAY_TOKEN.',
  FORBIDDEN: ' Ask an administrator for a key with the role PUBLISHER.',
  INTERNAL_SERVER_ERROR: ' The fault is on the side of the server; its log says more.',
}
