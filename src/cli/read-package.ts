import { glob } from 'node:fs/promises'
import path from 'node:path'
import { type ArchiveLimits, defaultArchiveLimits } from '../archive/limits.ts'
import { packFolder } from '../features/discovery/pack-folder.ts'
import { PackError } from '../features/discovery/read-plugin-folder.ts'
import { sha256Hex } from '../platform/crypto.ts'
import { CliError, EXIT } from './exit.ts'
import { kindOf, readNamed } from './files.ts'

/** An archive that was named on the command line, or made of the folder that was. */
export interface NamedPackage {
  bytes: Uint8Array
  /** SHA-256, hex. */
  digest: string
  /** What to call it in a message, and in an upload. */
  name: string
  /** Whether a folder was packed. */
  isFolder: boolean
}

/** Reads an archive, or packs a folder as `patchbay pack` does. */
export async function readPackage(file: string): Promise<NamedPackage> {
  if ((await kindOf(file)) === 'folder') {
    const { bytes, digest } = await packNamed(file, 'zip')
    return { bytes, digest, name: `${path.basename(path.resolve(file))}.zip`, isFolder: true }
  }
  const bytes = await readNamed(file)
  return { bytes, digest: sha256Hex(bytes), name: path.basename(file), isFolder: false }
}

/** Packs a folder; what stands against it is told as what a check finds is. */
export async function packNamed(
  folder: string,
  format: 'zip' | 'mpk',
  limits: ArchiveLimits = defaultArchiveLimits,
) {
  try {
    return await packFolder(folder, format, limits)
  } catch (error) {
    if (!(error instanceof PackError)) throw error
    // In a wrong folder that is what to mend, not what else lies there.
    const advice = (await hasManifest(folder))
      ? ''
      : `${folder} has no manifest.json, and so holds no plugin: name a plugin's folder. Besides: `
    throw new CliError(EXIT.findings, 'ARCHIVE_REJECTED', `${advice}${error.message}`, { cause: error })
  }
}

/** At the root, or in a folder there, which a package may have around it. */
async function hasManifest(folder: string): Promise<boolean> {
  for await (const _ of glob(['manifest.json', '*/manifest.json'], { cwd: folder })) return true
  return false
}
