import { Command } from 'commander'
import { sha256Hex } from '../../platform/crypto.ts'
import type { Session } from '../session.ts'
import { plain } from '../console.ts'
import { usageError } from '../exit.ts'
import { kindOf, readNamed, writeWhole } from '../files.ts'
import { signWith } from '../signature.ts'

/** `patchbay sign`: a detached signature of an archive. */
export function signCommand(session: Session): Command {
  return new Command('sign')
    .summary('signs an archive')
    .description('Writes a detached Ed25519 signature of the archive: of the 32 bytes of its SHA-256.')
    .argument('<archive>', 'what patchbay pack made')
    .requiredOption('--key <file>', 'the private key that patchbay keygen made')
    .option('--out <file>', 'where to write it; without it <archive>.sig')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay sign welcome-email-1.0.0.zip --key publisher.pem
  $ patchbay submit welcome-email-1.0.0.zip --signature welcome-email-1.0.0.zip.sig`,
    )
    .action(async (archive: string, { key, out }: { key: string; out?: string }) => {
      if ((await kindOf(archive)) === 'folder') {
        throw usageError(`${archive} is a folder: patchbay pack makes an archive of it, which can be signed.`)
      }
      const bytes = await readNamed(archive)
      if (!isArchive(bytes)) {
        throw usageError(`${archive} is neither a ZIP nor an .mpk: sign what patchbay pack made.`)
      }
      const file = out ?? `${archive}.sig`
      const signed = await signWith(key, sha256Hex(bytes), session.console)
      await writeWhole(file, `${JSON.stringify(signed, null, 2)}\n`)
      session.console.result({ file, ...signed }, () => [
        `${session.console.paint('bold', plain(file))}  by key ${signed.keyId}`,
        `SHA-256 ${signed.digest}`,
      ])
    })
}

/** By the first bytes: a signature of the wrong file would only be found out by the server. */
function isArchive(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 2) === 'PK' || (bytes[0] === 0x1f && bytes[1] === 0x8b)
}
