import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireOnPlatform } from '../../auth/authorize.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import { sha256Hex } from '../../platform/crypto.ts'
import { packFolder } from './pack-folder.ts'
import { PackError } from './read-plugin-folder.ts'
import { submitPackage } from '../packages/submit-package.ts'

/** What was found in the plugins directory, and what came of it. */
export interface SyncResult {
  /** Folders with a manifest, and archives. */
  discovered: number
  /** Packages that are new, by id. */
  packageIds: string[]
  /** Of what could not be taken, each with its name as `field`. */
  userErrors: UserError[]
}

/**
 * Submits what is new in PATCHBAY_PLUGINS_DIR: archives as they are, folders packed so that the same files are always
 * the same bytes. What has been taken already, by its digest, is left alone; with `unlessRefused` also what was refused.
 */
export async function syncPlugins(
  app: App,
  actor: Actor,
  options: { unlessRefused?: boolean } = {},
): Promise<SyncResult> {
  requireOnPlatform(actor, 'packages:submit')
  const directory = app.config.pluginsDirectory
  if (directory === null) {
    throw new UserError(
      'INVALID_STATE',
      'There is no plugins directory: start the service with PATCHBAY_PLUGINS_DIR.',
    )
  }
  const names = await candidatesIn(directory)
  const result: SyncResult = { discovered: names.length, packageIds: [], userErrors: [] }
  for (const name of names) {
    try {
      const packageId = await take(app, actor, path.join(directory, name), options.unlessRefused ?? false)
      if (packageId !== null) result.packageIds.push(packageId)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      result.userErrors.push(new UserError(error.code, `${name}: ${error.message}`, [name]))
    }
  }
  return result
}

/** Names of folders and archives, in their order; what begins with a dot is not meant. */
async function candidatesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    throw new UserError(
      'INVALID_STATE',
      `The plugins directory (PATCHBAY_PLUGINS_DIR) cannot be read: ${reasonOf(error)}.`,
    )
  })
  const names = entries
    .filter((entry) => !entry.name.startsWith('.'))
    .filter((entry) => entry.isDirectory() || (entry.isFile() && /\.(zip|mpk)$/i.test(entry.name)))
    .map((entry) => entry.name)
    .sort()
  const isPlugin = await Promise.all(
    names.map(async (name) => {
      const file = path.join(directory, name)
      const found = await stat(path.join(file, 'manifest.json')).catch(() => null)
      return found?.isFile() === true || /\.(zip|mpk)$/i.test(name)
    }),
  )
  return names.filter((_, index) => isPlugin[index])
}

/** The package that came of it; null where it is known already. */
async function take(app: App, actor: Actor, file: string, unlessRefused: boolean): Promise<string | null> {
  const bytes = await bytesOf(app, file)
  if (await isKnown(app, sha256Hex(bytes), unlessRefused)) return null
  const { packageId, userErrors } = await submitPackage(app, actor, { bytes })
  if (packageId !== undefined) return packageId
  throw userErrors![0]!
}

/** What cannot be read, or goes while it is read, is refused for itself, and the rest is taken nevertheless. */
async function bytesOf(app: App, file: string): Promise<Uint8Array> {
  try {
    return await readCandidate(app, file)
  } catch (error) {
    if (error instanceof PackError) {
      // Where the directory lies is nobody's who submits.
      const message = error.message.replaceAll(`${path.dirname(file)}${path.sep}`, '')
      throw new UserError('ARCHIVE_REJECTED', message)
    }
    if (!isSystemError(error)) throw error
    const message = `It cannot be read: ${reasonOf(error)}. Sync again when it lies there whole.`
    throw new UserError('ARCHIVE_REJECTED', message)
  }
}

async function readCandidate(app: App, file: string): Promise<Uint8Array> {
  const found = await stat(file)
  if (found.isDirectory()) return (await packFolder(file, 'zip', app.config.archiveLimits)).bytes
  if (found.size > app.config.archiveLimits.packedBytes) {
    const message = `The archive is larger than ${app.config.archiveLimits.packedBytes} bytes.`
    throw new UserError('ARCHIVE_REJECTED', message)
  }
  return await readFile(file)
}

/** The operating system's refusal, e.g. of a file that is not there any more. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

/** `EACCES`, without the path that its message tells. */
function reasonOf(error: unknown): string {
  return isSystemError(error) ? (error.code ?? error.name) : messageOf(error)
}

async function isKnown(app: App, checksum: string, unlessRefused: boolean): Promise<boolean> {
  const { prisma } = app.database
  if ((await prisma.package.count({ where: { checksum } })) > 0) return true
  return unlessRefused && (await prisma.submission.count({ where: { checksum, accepted: false } })) > 0
}
