import { messageOf } from '../../lib/errors.ts'
import { plain } from '../console.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { sizeText } from '../findings.ts'

/** Errors of a GraphQL answer. */
export type GraphErrors = readonly { message: string; extensions?: { code?: string } }[]

/** What an error of the graph ends a command with. */
export function graphError([first]: GraphErrors, url: string): CliError {
  const code = first?.extensions?.code ?? 'UNKNOWN'
  const message = plain(first?.message ?? 'The server gives no reason.')
  return new CliError(EXITS[code] ?? EXIT.refused, code, `${url} refuses: ${message}${ADVICE[code] ?? ''}`)
}

/** HTTP 413: the server has stopped reading. */
export function tooLarge(url: string): CliError {
  const message = `${url} takes no archive as large as this one: leave out what is not needed at run time (.patchbayignore).`
  return new CliError(EXIT.refused, 'TOO_LARGE', message)
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

/** Whether a command ends because a server cannot be reached. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof CliError && error.code === 'UNREACHABLE'
}

/** The connection went while a file was sent; `sent` is how many of its bytes had been. */
export function brokenOff(url: string, sent: number, error: unknown): CliError {
  const message = `${url} broke off after ${sizeText(sent)}: try again; if it breaks off again, it may take no archive so large.`
  return new CliError(EXIT.noAccess, 'UNREACHABLE', message, { cause: error })
}

/** Something answered, and it was no graph. */
export function noGraph(url: string, status: number): CliError {
  const what =
    status >= 300 && status < 400
      ? 'it sends elsewhere: use the address that it sends to'
      : 'is this the address of a Patchbay?'
  return new CliError(EXIT.noAccess, 'UNREACHABLE', `${url} answers ${status} and no GraphQL: ${what}`)
}

/** GraphQL was answered that no Patchbay answers. */
export function noPayload(url: string, field: string): CliError {
  const message = `${url} answers ${field} with nothing, as no Patchbay does: is this the address of a Patchbay?`
  return new CliError(EXIT.noAccess, 'UNREACHABLE', message)
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
  FORBIDDEN: ' Ask an administrator for a key with a role that may; to submit, that is the role PUBLISHER.',
  INTERNAL_SERVER_ERROR: ' The fault is on the side of the server; its log says more.',
}
