import { open, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../lib/errors.ts'
import { MiB } from '../lib/units.ts'
import { usageError } from './exit.ts'

/** No server can be set to take more. */
const MAX_FILE_BYTES = 200 * MiB

/** Whether a path is a folder or a file; a usage error where it is neither. */
export async function kindOf(file: string): Promise<'folder' | 'file'> {
  try {
    const found = await stat(file)
    if (found.isDirectory()) return 'folder'
    if (found.isFile()) return 'file'
  } catch (error) {
    throw unreadable(file, error)
  }
  throw usageError(`${file} is neither a file nor a folder.`)
}

/** The bytes of a file that was named on the command line. */
export async function readNamed(file: string, maxBytes = MAX_FILE_BYTES): Promise<Buffer<ArrayBuffer>> {
  try {
    await using handle = await open(file)
    const { size } = await handle.stat()
    if (size > maxBytes) throw usageError(`${file} is larger than ${maxBytes} bytes.`)
    return await handle.readFile()
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error)) throw error
    throw unreadable(file, error)
  }
}

/** Writes a file whole or not at all; what was there is replaced. */
export async function writeWhole(file: string, bytes: Uint8Array | string): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`)
  try {
    await writeFile(temporary, bytes, { flag: 'wx' })
    await rename(temporary, file)
  } catch (error) {
    // What cannot be removed could not be made either: the first error says why.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw usageError(`${file} cannot be written: ${messageOf(error)}.`, { cause: error })
  }
}

/** Whether an error says that a file is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function unreadable(file: string, error: unknown): Error {
  const reason = isNotFound(error) ? `There is no ${file}.` : `${file} cannot be read: ${messageOf(error)}.`
  return usageError(reason, { cause: error })
}
