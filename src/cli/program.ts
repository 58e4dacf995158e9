import { Command } from 'commander'
import { VERSION } from '../lib/version.ts'
import { auditCommand } from './commands/audit.ts'
import { checkCommand } from './commands/check.ts'
import { dataCommand } from './commands/data.ts'
import { devCommand } from './commands/dev.ts'
import { initCommand } from './commands/init.ts'
import { keygenCommand } from './commands/keygen.ts'
import { keysCommand } from './commands/keys.ts'
import { licenseCommand } from './commands/license.ts'
import { loginCommand } from './commands/login.ts'
import { logsCommand } from './commands/logs.ts'
import { packCommand } from './commands/pack.ts'
import { secretsCommand } from './commands/secrets.ts'
import { signCommand } from './commands/sign.ts'
import { statusCommand } from './commands/status.ts'
import { submitCommand } from './commands/submit.ts'
import { testCommand } from './commands/test.ts'
import type { Session } from './session.ts'

/** The whole command line. */
export function program(session: Session): Command {
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
  for (const command of COMMANDS) root.addCommand(command(session))
  settle(root)
  return root
}

const COMMANDS = [
  initCommand,
  checkCommand,
  testCommand,
  devCommand,
  packCommand,
  keygenCommand,
  signCommand,
  loginCommand,
  submitCommand,
  statusCommand,
  keysCommand,
  auditCommand,
  dataCommand,
  logsCommand,
  licenseCommand,
  secretsCommand,
]

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
