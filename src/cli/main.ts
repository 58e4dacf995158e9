import { CommanderError } from 'commander'
import { messageOf } from '../lib/errors.ts'
import { plain } from './console.ts'
import { CliError, EXIT, type ExitCode } from './exit.ts'
import { program } from './program.ts'
import { openSession } from './session.ts'

process.stdout.on('error', (error: Error & { code?: string }) => {
  // Whoever reads us may have read enough (`| head`).
  if (error.code === 'EPIPE') process.exit(EXIT.done)
  process.stderr.write(`patchbay: the result cannot be written: ${error.message}\n`)
  process.exit(EXIT.unexpected)
})

process.exitCode = await run(process.argv.slice(2))

/** Runs one command line to its end. */
async function run(args: readonly string[]): Promise<ExitCode> {
  const session = openSession(() => root.opts())
  const root = await program(session, args)
  try {
    await root.parseAsync([...args], { from: 'user' })
    return session.exit
  } catch (error) {
    session.console.status('')
    return tell(error, args.includes('--json'))
  } finally {
    await session.close()
  }
}

/** One line on standard error, with JSON also a document on standard output. */
function tell(error: unknown, json: boolean): ExitCode {
  // What is wrong with the command line commander has told already, and help is no error.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done
  const { exit, code, message } = isTold(error) ? error : asUsage(error)
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message }, exitCode: exit })}\n`)
  // Names of files and answers of servers are in it; a trace has its lines.
  const line = isTold(error) ? plain(message) : message
  if (!(error instanceof CommanderError)) process.stderr.write(`patchbay: ${line}\n`)
  return exit
}

function isTold(error: unknown): error is CliError {
  return error instanceof CliError
}

function asUsage(error: unknown): Pick<CliError, 'exit' | 'code' | 'message'> {
  if (error instanceof CommanderError && error.code === 'commander.help') {
    return { exit: EXIT.usage, code: 'USAGE', message: 'No command is given: patchbay --help lists them.' }
  }
  if (error instanceof CommanderError) {
    return { exit: EXIT.usage, code: 'USAGE', message: plain(error.message.replace(/^error: /, '')) }
  }
  // A fault of ours: its trace is what whoever mends it needs.
  const trace = error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
  return { exit: EXIT.unexpected, code: 'UNEXPECTED', message: `unexpected, please report this: ${trace}` }
}
