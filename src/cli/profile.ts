import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { messageOf } from '../lib/errors.ts'
import { isNotFound } from './files.ts'
import { usageError } from './exit.ts'

/** A server and the key to it, as `patchbay login` keeps them. */
export interface Profile {
  url: string
  token: string
}

const schema = z.object({ url: z.url(), token: z.string().min(1) })
/** It becomes a file's name. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i
/** Bits of a file's mode that let others than its owner in. */
const OTHERS = 0o077

/** Where a profile lies. */
export function profileFile(configDirectory: string, name: string): string {
  if (!NAME.test(name)) {
    throw usageError(
      `${JSON.stringify(name)} is no name of a profile: use letters, digits, ".", "_" and "-", at most 63.`,
    )
  }
  return path.join(configDirectory, `${name}.json`)
}

/** Reads a profile; null where there is none. What others can read is refused, as a private key would be. */
export async function readProfile(configDirectory: string, name: string): Promise<Profile | null> {
  const file = profileFile(configDirectory, name)
  try {
    await using handle = await open(file)
    const { mode } = await handle.stat()
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw usageError(
        `Others can read ${file}, which holds a key: chmod 600 ${file}, and better make a new key.`,
      )
    }
    return parseProfile(await handle.readFile('utf8'), file)
  } catch (error) {
    if (isNotFound(error)) return null
    if (!(error instanceof Error && 'errno' in error)) throw error
    throw usageError(`The profile ${file} cannot be read: ${messageOf(error)}.`, { cause: error })
  }
}

/** Keeps a profile, mode 0600, whole or not at all. Returns its file. */
export async function writeProfile(configDirectory: string, name: string, profile: Profile): Promise<string> {
  const file = profileFile(configDirectory, name)
  const temporary = `${file}.${process.pid}`
  try {
    await mkdir(configDirectory, { recursive: true, mode: 0o700 })
    await using handle = await open(temporary, 'w', 0o600)
    // A file that was there keeps its mode, whatever it was opened with.
    await chmod(temporary, 0o600)
    await handle.writeFile(`${JSON.stringify(profile, null, 2)}\n`)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw usageError(`The profile ${file} cannot be written: ${messageOf(error)}.`, { cause: error })
  }
  return file
}

function parseProfile(text: string, file: string): Profile {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw usageError(`${file} is no profile: make it anew by patchbay login.`, { cause: error })
  }
}
