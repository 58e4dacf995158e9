import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { newId } from '../../lib/ids.ts'
import {
  BlobStoreUnavailable,
  digestOfPath,
  pathOfDigest,
  verified,
  type BlobStore,
  type StoredBlob,
} from './blob-store.ts'
import { digestOfBytes } from '../../lib/digest-of-bytes.ts'
import { OWNER_KEY } from './remote.ts'

const LOCATION = 'file'
/** Written beside their target and renamed; what is left of them belonged to a process that was killed. */
const UNFINISHED = '.part'

/** A directory, two levels deep so that no folder grows past some thousand files for a million blobs. */
export function openDirectoryStore(directory: string): BlobStore {
  const pathOf = (digest: string): string => path.join(directory, pathOfDigest(digest))
  return {
    kind: 'file',
    location: LOCATION,
    async put(bytes) {
      const digest = await digestOfBytes(bytes)
      await reaching(async () => {
        const target = pathOf(digest)
        const there = await statOrNull(target)
        if (there?.size !== bytes.byteLength) await writeWhole(target, bytes)
      })
      return digest
    },
    async get(digest) {
      const file = pathOf(digest)
      return await verified(digest, await reaching(() => orNull(readFile(file))))
    },
    async delete(digest) {
      const file = pathOf(digest)
      await reaching(() => rm(file, { force: true }))
    },
    async *list() {
      for await (const file of filesBelow(directory)) {
        const blob = await blobOf(directory, file)
        if (blob !== null) yield blob
      }
    },
    async probe() {
      await reaching(async () => {
        const file = path.join(directory, `.probe-${newId()}${UNFINISHED}`)
        await mkdir(directory, { recursive: true, mode: 0o700 })
        await (await open(file, 'wx', 0o600)).close()
        await rm(file)
      })
    },
    async removeLeftovers(before) {
      let removed = 0
      for await (const file of filesBelow(directory)) {
        if (!file.endsWith(UNFINISHED)) continue
        const found = await reaching(() => statOrNull(file))
        if (found === null || found.mtime >= before) continue
        await reaching(() => rm(file, { force: true }))
        removed++
      }
      return removed
    },
    async claim(owner) {
      return await reaching(async () => {
        const file = path.join(directory, OWNER_KEY)
        const there = await orNull(readFile(file, 'utf8'))
        if (there !== null) return there
        await enter(file, owner)
        return await readFile(file, 'utf8')
      })
    },
    close: () => Promise.resolve(),
  }
}

/** What the file system refuses is told in words; its own texts name paths. */
async function reaching<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = codeOf(error)
    if (code === null) throw error
    throw new BlobStoreUnavailable(
      LOCATION,
      `cannot be used (${code})`,
      'See that the directory of STORAGE_URL is there, has space and is readable and writable for this process.',
    )
  }
}

function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null
}

/** What has gone meanwhile was never there. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  return await reading.catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  })
}

async function statOrNull(file: string): Promise<{ size: number; mtime: Date } | null> {
  const found = await orNull(stat(file))
  return found?.isFile() === true ? found : null
}

/** Folder by folder, so that memory does not grow with the store. */
async function* filesBelow(directory: string, depth = 0): AsyncGenerator<string> {
  const entries = await reaching(
    async () => (await orNull(readdir(directory, { withFileTypes: true }))) ?? [],
  )
  for (const entry of entries) {
    const found = path.join(directory, entry.name)
    if (entry.isFile()) yield found
    else if (entry.isDirectory() && depth < 2) yield* filesBelow(found, depth + 1)
  }
}

async function blobOf(directory: string, file: string): Promise<StoredBlob | null> {
  const digest = digestOfPath(path.relative(directory, file).replaceAll(path.sep, '/'))
  if (digest === null) return null
  const found = await reaching(() => statOrNull(file))
  return found === null ? null : { digest, modifiedAt: found.mtime, size: found.size }
}

/** Writes beside the target, syncs, and renames: a reader sees all of it or nothing, also after a power cut. */
async function writeWhole(target: string, bytes: Uint8Array): Promise<void> {
  await writingBeside(target, bytes, (temporary) => rename(temporary, target))
}

/** As `writeWhole`, but where the file is there already it stays as it is. */
async function enter(target: string, text: string): Promise<void> {
  await writingBeside(target, Buffer.from(text), async (temporary) => {
    await link(temporary, target).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
    await rm(temporary, { force: true })
  })
}

async function writingBeside(
  target: string,
  bytes: Uint8Array,
  move: (temporary: string) => Promise<void>,
): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
  const temporary = `${target}.${newId()}${UNFINISHED}`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await move(temporary)
    await syncFolder(path.dirname(target))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** The name in its folder is as durable as the bytes only after this. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
