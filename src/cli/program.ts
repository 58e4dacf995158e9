import { Command } from 'commander'
import { VERSION } from '../lib/version.ts'
import type { Session } from './session.ts'

/** The command line, as far as these arguments need it. */
export async function program(session: Session, args: readonly string[]): Promise<Command> {
  const root = new Command('patchbay')
    .description(
      'For publishers: makes plugins, tries, checks, packs, signs and submits them, and follows their review.\n' +
        'For operators: reads logs, the audit log and what plugins keep, and changes the master key.',
    )
    .version(VERSION, '--version', 'prints its version')
    .option('--json', 'writes nothing but JSON to standard output: one document, or one a line')
    .option('--profile <name>', 'the server and key that patchbay login keeps under that name')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('patchbay --help says more.')
    .addHelpText('after', HELP)
  const commands = await Promise.all(meant(args).map((name) => COMMANDS[name]!()))
  for (const command of commands) root.addCommand(command(session))
  settle(root)
  return root
}

/** In the order in which --help lists them. */
const COMMANDS: Readonly<Record<string, () => Promise<(session: Session) => Command>>> = {
  init: async () => (await import('./commands/init.ts')).initCommand,
  check: async () => (await import('./commands/check.ts')).checkCommand,
  test: async () => (await import('./commands/test.ts')).testCommand,
  dev: async () => (await import('./commands/dev.ts')).devCommand,
  pack: async () => (await import('./commands/pack.ts')).packCommand,
  keygen: async () => (await import('./commands/keygen.ts')).keygenCommand,
  sign: async () => (await import('./commands/sign.ts')).signCommand,
  login: async () => (await import('./commands/login.ts')).loginCommand,
  submit: async () => (await import('./commands/submit.ts')).submitCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  keys: async () => (await import('./commands/keys.ts')).keysCommand,
  audit: async () => (await import('./commands/audit.ts')).auditCommand,
  data: async () => (await import('./commands/data.ts')).dataCommand,
  logs: async () => (await import('./commands/logs.ts')).logsCommand,
  license: async () => (await import('./commands/license.ts')).licenseCommand,
  secrets: async () => (await import('./commands/secrets.ts')).secretsCommand,
}

/**
 * The commands that a command line can mean: all of them takes 0.3 s of CPU, one a tenth to half of that. An option's value before
 * the command may be named as one, so that whatever is named is there; where the first word is none, all are, for what was meant.
 */
function meant(args: readonly string[]): readonly string[] {
  const all = Object.keys(COMMANDS)
  const first = args.find((arg) => !arg.startsWith('-'))
  return first !== undefined && all.includes(first) ? all.filter((name) => args.includes(name)) : all
}

const HELP = `
From nothing to an approved package:
  $ patchbay init hello --template integration
  $ patchbay test hello
  $ patchbay check hello
  $ patchbay keygen --out publisher.pem
  $ patchbay login --url https://patchbay.example.com
  $ patchbay keys register publisher.pub.pem --name "Build server"
  $ patchbay submit hello --key publisher.pem --wait

Environment:
  PATCHBAY_URL, PATCHBAY_TOKEN   server and key, over the default profile
  NO_COLOR                       no colours

Exit codes:
  0  done                                4  refused by the server or a reviewer
  1  the package has errors              5  failed unexpectedly
  2  wrong usage, or a wrong file        6  --timeout ran out before a decision
  3  no server, no key, or no right    130  interrupted`

/** Every command ends by an error that `main` tells, never by itself. */
function settle(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) {
    child.copyInheritedSettings(command)
    settle(child)
  }
}
