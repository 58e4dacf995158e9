import { Command } from 'commander'
import { RotateMasterKeyDocument } from '../../../schema/generated/graphql.ts'
import { CliError, EXIT } from '../exit.ts'
import type { Session } from '../session.ts'

/** `patchbay secrets`: the key under which the server keeps secrets. */
export function secretsCommand(session: Session): Command {
  return new Command('secrets')
    .summary('changes the key under which secrets are kept')
    .description('The master key of the server. Needs a key of an administrator of the platform.')
    .addCommand(rotateCommand(session))
}

function rotateCommand(session: Session): Command {
  return new Command('rotate')
    .summary('brings a new master key into force while the server runs')
    .description(
      'Seals everything anew under a new master key. A server that keeps its key in its data directory draws the new one\n' +
        'itself; else every process must have been started with the new one as PATCHBAY_SECRETS_KEY and the present one\n' +
        'as PATCHBAY_SECRETS_KEY_PREVIOUS. Where it was broken off, run it once more.',
    )
    .action(async () => {
      const graph = await session.graph()
      const { rotateMasterKey } = await graph.request(RotateMasterKeyDocument, { input: {} })
      const [error] = rotateMasterKey.userErrors
      if (error !== undefined) throw new CliError(EXIT.refused, error.code, error.message)
      const { keyId, rewrapped } = rotateMasterKey
      session.console.result({ keyId, rewrapped }, () => [
        `The master key ${keyId} is in force; ${rewrapped} values were sealed anew.`,
        'The key before is needed no more, but by backups that were made before.',
      ])
    })
}
