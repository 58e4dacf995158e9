import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { newId } from '../lib/ids.ts'
import { sha256Hex } from './crypto.ts'

/** Where archives lie, by their SHA-256. */
export interface BlobStore {
  /** Which kind it is, for `Registry.storage` and `systemStatus`. */
  readonly kind: 'file'
  /** Keeps the bytes under their digest, durably and whole or not at all; twice is once. Returns the digest, hex. */
  put(bytes: Uint8Array): Promise<string>
  /** The bytes of a digest, verified; throws `BlobError` where they are missing or not what was stored. */
  get(digest: string): Promise<Uint8Array>
  delete(digest: string): Promise<void>
  /** Throws where the store cannot be written now. */
  probe(): Promise<void>
}

/** A blob is missing, or its bytes are not those that its digest names. */
export class BlobError extends Error {
  override readonly name = 'BlobError'
}

/** A directory, two levels deep so that no folder grows past some thousand files for a million blobs. */
export function openDirectoryStore(directory: string): BlobStore {
  const pathOf = (digest: string): string => {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new BlobError('A digest is 64 lower-case hex digits.')
    return path.join(directory, digest.slice(0, 2), digest.slice(2, 4), digest)
  }
  return {
    kind: 'file',
    async put(bytes) {
      const digest = sha256Hex(bytes)
      const target = pathOf(digest)
      if (await isFile(target)) return digest
      await writeWhole(target, bytes)
      return digest
    },
    async get(digest) {
      const bytes = await readFile(pathOf(digest)).catch((error: unknown) => {
        throw new BlobError(`The archive ${digest} cannot be read from the blob store.`, { cause: error })
      })
      if (sha256Hex(bytes) !== digest) {
        throw new BlobError(`The archive ${digest} was changed in the blob store: its SHA-256 is another.`)
      }
      return bytes
    },
    async delete(digest) {
      await rm(pathOf(digest), { force: true })
    },
    async probe() {
      const file = path.join(directory, `.probe-${newId()}`)
      await mkdir(directory, { recursive: true })
      await (await open(file, 'wx', 0o600)).close()
      await rm(file)
    },
  }
}

async function isFile(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null)
  return found !== null && found.isFile()
}

/** Writes beside the target, syncs, and renames: a reader sees all of it or nothing, also after a power cut. */
async function writeWhole(target: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
  const temporary = `${target}.${newId()}.part`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
