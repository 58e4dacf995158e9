import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { messageOf } from '../lib/errors.ts'
import { StartError } from './start-error.ts'

/** What an installation keeps on its machine. */
export interface DataDirectory {
  /** Absolute, without symbolic links. */
  readonly path: string
  /**
   * Takes the directory for this process alone, until it ends in whatever way.
   * Throws StartError where another process has it.
   */
  lock(): Promise<DataDirectoryLock>
}

export interface DataDirectoryLock {
  release(): Promise<void>
}

/**
 * Opens the data directory, and makes it where it is missing: mode 0700, or 0711 for root, whose PostgreSQL runs as
 * another user that has to pass through (what lies inside has modes of its own). Only a directory that is ours gets
 * its mode corrected: one that has foreign content is refused with StartError, so that a mistyped path changes nothing.
 */
export async function openDataDirectory(directory: string): Promise<DataDirectory> {
  const wanted = path.resolve(directory)
  try {
    await mkdir(wanted, { recursive: true, mode: directoryMode() })
    const resolved = await realpath(wanted)
    await takePossession(resolved)
    return { path: resolved, lock: () => lockDirectory(resolved) }
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(
      `The data directory ${wanted} cannot be used (${messageOf(error)}): set PATCHBAY_DATA_DIR to a directory that this user can write.`,
      { cause: error },
    )
  }
}

/**
 * Reads a secret of one line from a file of mode 0600, and makes it by `make` where there is none. It is on the disk
 * before it is returned, and of several processes that make it at once all get the same one.
 */
export async function readOrCreateSecretFile(file: string, make: () => string): Promise<string> {
  const existing = await readSecretFile(file)
  if (existing !== null) return existing

  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(draft, `${make()}\n`, { mode: 0o600, flag: 'wx', flush: true })
    await link(draft, file)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
  await syncDirectory(path.dirname(file))
  const made = await readSecretFile(file)
  if (made === null) throw new StartError(`The file ${file} disappeared while it was made.`)
  return made
}

/** The secret in a file, its mode corrected to 0600 where others could read it; null where there is no file. */
export async function readSecretFile(file: string): Promise<string | null> {
  try {
    const { mode } = await stat(file)
    if ((mode & 0o077) !== 0) await chmod(file, 0o600)
    const secret = (await readFile(file, 'utf8')).trim()
    if (secret === '') throw new StartError(`The file ${file} is empty: restore it from a backup.`)
    return secret
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

/** Marks a directory as ours; it also carries the lock. */
const LOCK_FILE = 'lock'

/** What may lie in a directory that nobody has used yet: the root of a fresh ext4 volume has `lost+found`. */
const NOBODYS = new Set(['lost+found'])

function directoryMode(): number {
  return process.getuid?.() === 0 ? 0o711 : 0o700
}

async function takePossession(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => !NOBODYS.has(name))
  if (!names.includes(LOCK_FILE)) {
    if (names.length > 0) {
      throw new StartError(
        `The directory ${directory} holds files that are not Patchbay's: set PATCHBAY_DATA_DIR to a new or an empty directory.`,
      )
    }
    await writeFile(path.join(directory, LOCK_FILE), '', { mode: 0o600, flag: 'a' })
  }
  if (((await stat(directory)).mode & 0o777) !== directoryMode()) await chmod(directory, directoryMode())
}

/**
 * The lock is SQLite's on an empty database, which is the kernel's (fcntl): it goes with the process, also by
 * `kill -9`, so that nothing can be stale, and it holds between containers that share a volume, whose process ids say
 * nothing to each other. 0.4 ms. Node has no other way to it without one more process.
 */
async function lockDirectory(directory: string): Promise<DataDirectoryLock> {
  const ownerFile = path.join(directory, 'lock.pid')
  const database = new DatabaseSync(path.join(directory, LOCK_FILE))
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (!isBusy(error)) throw error
    const owner = await readFile(ownerFile, 'utf8').catch(() => '')
    throw new StartError(
      `The data directory ${directory} is in use by another Patchbay${owner === '' ? '' : ` (process ${owner.trim()})`}: stop that one, or set PATCHBAY_DATA_DIR to another directory.`,
      { cause: error },
    )
  }
  await writeFile(ownerFile, `${process.pid}\n`, { mode: 0o600 })

  let held = true
  return {
    async release() {
      if (!held) return
      held = false
      await rm(ownerFile, { force: true })
      database.close()
    },
  }
}

/** SQLITE_BUSY of https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** A new name is on the disk only when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
