import path from 'node:path'
import { Command, Option } from 'commander'
import { checkPackage } from '../../archive/check-package.ts'
import type { Session } from '../session.ts'
import { plain } from '../console.ts'
import { usageError } from '../exit.ts'
import { plural, sizeText } from '../findings.ts'
import { kindOf, writeWhole } from '../files.ts'
import { packNamed } from '../read-package.ts'

/** `patchbay pack`: a folder as an archive, the same bytes on every machine. */
export function packCommand(session: Session): Command {
  return new Command('pack')
    .summary('packs a folder; the same files give the same bytes')
    .description(
      'Packs a folder as an archive. The same files give the same bytes on every machine, and so the same digest.\n' +
        'Left out are dot files, node_modules, archives and signatures beside manifest.json, and what .patchbayignore\n' +
        'names, a path or glob a line. An archive that is there already is replaced.',
    )
    .argument('[folder]', 'the plugin', '.')
    .addOption(new Option('--format <format>', 'kind of archive').choices(['zip', 'mpk']).default('zip'))
    .option('--out <file>', 'where to write it; without it <id>-<version>.<format> here')
    .addHelpText(
      'after',
      `
Examples:
  $ patchbay pack
  $ patchbay pack welcome-email --format mpk --out build/welcome-email.mpk
  $ patchbay pack --json | jq -r .digest`,
    )
    .action(async (folder: string, { format, out }: { format: 'zip' | 'mpk'; out?: string }) => {
      if ((await kindOf(folder)) !== 'folder') {
        throw usageError(
          `${folder} is no folder: patchbay pack takes the one with the plugin's manifest.json.`,
        )
      }
      const { bytes, digest, files } = await packNamed(folder, format)
      const file = out ?? `${await nameOf(folder, bytes)}.${format}`
      await writeWhole(file, bytes)
      const result = {
        file: path.resolve(file),
        format: format.toUpperCase(),
        size: bytes.length,
        digest,
        files,
      }
      session.console.result(result, () => [
        `${session.console.paint('bold', plain(file))}  ${plural(files.length, 'file')}, ${sizeText(bytes.length)}`,
        `SHA-256 ${digest}`,
      ])
    })
}

/** `<id>-<version>` of the manifest; where it does not say so, the folder's own name. */
async function nameOf(folder: string, bytes: Uint8Array): Promise<string> {
  const { id, version } = (await checkPackage(bytes)).claims
  return id === null || version === null ? path.basename(path.resolve(folder)) : `${id}-${version}`
}
