import type { Dirent } from 'node:fs'
import { open, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { defaultArchiveLimits, type ArchiveLimits } from '../../archive/limits.ts'
import { messageOf } from '../../lib/errors.ts'

/** A folder cannot be packed; the message says why, in words for its owner. */
export class PackError extends Error {
  override readonly name = 'PackError'
}

/** Names beside what begins with a dot that are never part of a plugin. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules'])
/** Beside manifest.json, where packing and signing leave what they make: a package does not hold its predecessors. */
const PRODUCT = /^[^/]+\.(zip|mpk|sig)$/i
/** PEM of whatever kind of private key (RFC 7468, 10 and 11, and their forerunners). */
const PRIVATE_KEY = /^-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/
/** One pattern a line of what is left out as well; `#` begins a comment. */
const IGNORE_FILE = '.patchbayignore'

/**
 * The files of a plugin's folder by their path in its archive: without dot files, `node_modules`, archives and signatures
 * beside the manifest, and what `.patchbayignore` names. Private keys and links are refused. It stops at the limits of
 * archives, so that a wrong folder is not read to its end. Throws PackError.
 */
export async function readPluginFolder(
  folder: string,
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<Map<string, Uint8Array>> {
  const entries = new Map<string, Uint8Array>()
  await readInto({ entries, unpacked: 0, limits, ignored: await ignoredBy(folder) }, folder, '')
  if (entries.size === 0) throw new PackError(`${folder} holds no files to pack.`)
  return entries
}

interface Walk {
  entries: Map<string, Uint8Array>
  /** Bytes so far. */
  unpacked: number
  limits: ArchiveLimits
  ignored: (file: string) => boolean
}

async function readInto(walk: Walk, folder: string, prefix: string): Promise<void> {
  for (const entry of await list(path.join(folder, prefix))) {
    const name = `${prefix}${entry.name}`
    if (entry.name.startsWith('.') || LEFT_OUT.has(entry.name) || walk.ignored(name)) continue
    if (entry.isFile() && PRODUCT.test(name)) continue
    if (entry.isSymbolicLink()) {
      throw new PackError(`${name} is a symbolic link, and packages hold none. Put the file itself there.`)
    }
    if (entry.isDirectory()) await readInto(walk, folder, `${name}/`)
    else if (entry.isFile()) walk.entries.set(name, await readWithin(walk, path.join(folder, name), name))
    else throw new PackError(`${name} is neither a file nor a folder. Remove it.`)
    if (walk.entries.size > walk.limits.entries) {
      throw new PackError(
        `The folder has more than ${walk.limits.entries} files. Leave some out by ${IGNORE_FILE}.`,
      )
    }
  }
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    throw new PackError(`The folder cannot be read: ${messageOf(error)}.`, { cause: error })
  }
}

/** The size is asked of the open file and held while it is read: one that grows meanwhile is not read to its end. */
async function readWithin(walk: Walk, file: string, name: string): Promise<Uint8Array> {
  try {
    await using handle = await open(file)
    const { size } = await handle.stat()
    walk.unpacked += size
    if (size > walk.limits.entryBytes) {
      throw new PackError(
        `${name} is larger than ${walk.limits.entryBytes} bytes. Leave it out by ${IGNORE_FILE}.`,
      )
    }
    if (walk.unpacked > walk.limits.unpackedBytes) {
      throw new PackError(
        `The files are larger than ${walk.limits.unpackedBytes} bytes together. Leave some out.`,
      )
    }
    const bytes = new Uint8Array(size)
    const { bytesRead } = await handle.read(bytes, 0, size, 0)
    if (PRIVATE_KEY.test(Buffer.from(bytes.buffer, 0, Math.min(size, 64)).toString('latin1'))) {
      throw new PackError(
        `${name} is a private key, and packages are read by many. Keep it elsewhere, or name it in ${IGNORE_FILE}.`,
      )
    }
    return bytes.subarray(0, bytesRead)
  } catch (error) {
    if (error instanceof PackError) throw error
    throw new PackError(`${name} cannot be read: ${messageOf(error)}.`, { cause: error })
  }
}

async function ignoredBy(folder: string): Promise<(file: string) => boolean> {
  const file = path.join(folder, IGNORE_FILE)
  const entries = await list(folder)
  if (!entries.some((entry) => entry.isFile() && entry.name === IGNORE_FILE)) return () => false
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new PackError(`${IGNORE_FILE} cannot be read: ${messageOf(error)}.`, { cause: error })
  })
  const patterns = text
    .split('\n')
    .map((line) => line.trim().replace(/\/$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
  return (name) => patterns.some((pattern) => name === pattern || path.posix.matchesGlob(name, pattern))
}
