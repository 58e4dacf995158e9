import { type ArchiveLimits, defaultArchiveLimits } from '../../archive/limits.ts'
import { packMpk, packZip } from '../../archive/pack.ts'
import { sha256Hex } from '../../platform/crypto.ts'
import { readPluginFolder } from './read-plugin-folder.ts'

/** A plugin's folder as an archive. */
export interface PackedFolder {
  bytes: Uint8Array
  /** SHA-256, hex: the same files give the same on every machine. */
  digest: string
  /** Paths in the archive, sorted. */
  files: string[]
}

/** Packs what `readPluginFolder` finds, deterministically. Throws PackError. */
export async function packFolder(
  folder: string,
  format: 'zip' | 'mpk' = 'zip',
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<PackedFolder> {
  const entries = await readPluginFolder(folder, limits)
  const bytes = format === 'zip' ? packZip(entries) : await packMpk(entries)
  return { bytes, digest: sha256Hex(bytes), files: [...entries.keys()].sort() }
}
