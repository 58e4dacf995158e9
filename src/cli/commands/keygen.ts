import { generateKeyPairSync } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Command } from 'commander'
import { messageOf } from '../../lib/errors.ts'
import { publisherKeyId, rawPublicKey } from '../../platform/signatures.ts'
import type { Session } from '../session.ts'
import { usageError } from '../exit.ts'
import { plain } from '../console.ts'

/** `patchbay keygen`: an Ed25519 key pair to sign packages with. */
export function keygenCommand(session: Session): Command {
  return new Command('keygen')
    .summary('makes a key pair to sign packages with')
    .description(
      'Makes an Ed25519 key pair: the private key as PKCS#8 in PEM, which only you can read, and beside it the public\n' +
        'key as SPKI. Nothing is overwritten.',
    )
    .option('--out <file>', 'the private key; the public one goes beside it, as .pub.pem', 'publisher.pem')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay keygen
  $ patchbay keygen --out ~/.config/patchbay/acme.pem`,
    )
    .action(async ({ out }: { out: string }) => {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const publicFile = `${out.replace(/\.pem$/, '')}.pub.pem`
      const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
      await writeNew(publicFile, pem, 0o644)
      try {
        await writeNew(out, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 0o600)
      } catch (error) {
        // Half a pair is none.
        await rm(publicFile, { force: true })
        throw error
      }
      const keyId = publisherKeyId(rawPublicKey(publicKey))
      const files = { privateKeyFile: path.resolve(out), publicKeyFile: path.resolve(publicFile) }
      session.console.result({ keyId, ...files, publicKey: pem }, () => [
        `Key ${session.console.paint('bold', keyId)}`,
        `Private  ${plain(out)}  (mode 0600; keep it out of the plugin's folder and of version control)`,
        `Public   ${plain(publicFile)}  (make it known: patchbay keys register ${plain(publicFile)} --name "…")`,
      ])
    })
}

async function writeNew(file: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const reason = exists
      ? `${file} is there already, and keys are never overwritten: name another by --out.`
      : `${file} cannot be written: ${messageOf(error)}.`
    throw usageError(reason, { cause: error })
  }
}
