/** Exit codes; docs/publishing.md and `patchbay --help` tell them to people. */
export const EXIT = {
  /** Done, and nothing has been refused. */
  done: 0,
  /** The package has findings of severity ERROR. */
  findings: 1,
  /** The command line, or a file that it names, is not as it must be. */
  usage: 2,
  /** The server cannot be reached, does not know the token, or does not allow it. */
  noAccess: 3,
  /** The server or a reviewer has refused it for another reason than findings. */
  refused: 4,
  /** Something failed that should not have, here or in the server. */
  unexpected: 5,
  /** `--timeout` ran out before there was a decision. */
  undecided: 6,
  /** Ctrl-C: 128 and the number of SIGINT, as shells have it. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends a command; the message is one line that says what is wrong and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exit: ExitCode
  /** For scripts: USAGE, UNREACHABLE, UNAUTHENTICATED, or a code of the server's. */
  readonly code: string

  constructor(exit: ExitCode, code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exit = exit
    this.code = code
  }
}

/** A mistake in the command line or in a file that it names. */
export function usageError(message: string, options?: ErrorOptions): CliError {
  return new CliError(EXIT.usage, 'USAGE', message, options)
}

/** Ctrl-C. */
export function interrupted(message: string, options?: ErrorOptions): CliError {
  return new CliError(EXIT.interrupted, 'INTERRUPTED', message, options)
}
