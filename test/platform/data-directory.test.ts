import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { beforeEach, afterEach, expect, test } from 'vitest'

import { openDataDirectory, readOrCreateSecretFile } from '../../src/platform/data-directory.ts'
import { StartError } from '../../src/platform/start-error.ts'
import { runProgram } from '../support/children.ts'

let parent: string
let directory: string

beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'patchbay-data-'))
  directory = path.join(parent, 'new/data')
})
afterEach(() => rm(parent, { recursive: true }))

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777

/** Takes the lock, says so, and stays. */
const holder = (): string => `
  import { openDataDirectory } from './src/platform/data-directory.ts'
  const data = await openDataDirectory(${JSON.stringify(directory)})
  await data.lock()
  console.log('locked')
  setInterval(() => {}, 1000)`

test('a data directory is made for us alone', async () => {
  await openDataDirectory(directory)

  // Root's PostgreSQL is another user, which passes through but cannot list.
  expect(await modeOf(directory)).toBe(process.getuid?.() === 0 ? 0o711 : 0o700)
})

test('a data directory that was opened to others is closed again', async () => {
  await openDataDirectory(directory)
  await chmod(directory, 0o755)
  await openDataDirectory(directory)

  expect((await modeOf(directory)) & 0o044).toBe(0)
})

test("a directory that holds somebody else's files is refused and stays as it was", async () => {
  await mkdir(directory, { recursive: true })
  await chmod(directory, 0o755)
  await writeFile(path.join(directory, 'thesis.tex'), '')

  await expect(openDataDirectory(directory)).rejects.toThrow(/not Patchbay's: set PATCHBAY_DATA_DIR/)
  expect(await modeOf(directory)).toBe(0o755)
})

test('a fresh volume with its lost+found is a new directory', async () => {
  await mkdir(path.join(directory, 'lost+found'), { recursive: true })

  await expect(openDataDirectory(directory)).resolves.toMatchObject({ path: directory })
})

test('a path that is a file is a one-line error that names the variable', async () => {
  await writeFile(path.join(parent, 'file'), '')
  const opening = openDataDirectory(path.join(parent, 'file/data'))

  await expect(opening).rejects.toThrow(StartError)
  await expect(opening).rejects.toThrow(/^[^\n]*PATCHBAY_DATA_DIR[^\n]*$/)
})

test('a second instance on the same directory is a one-line error that names the process, until the first lets go', async () => {
  const data = await openDataDirectory(directory)
  const lock = await data.lock()
  const second = runProgram(holder())

  await expect(second.nextLine()).rejects.toThrow(`in use by another Patchbay (process ${process.pid})`)

  await lock.release()
  await expect(runProgram(holder()).nextLine()).resolves.toBe('locked')
})

test('kill -9 of the instance leaves no lock', async () => {
  const first = runProgram(holder())
  await first.nextLine()
  const data = await openDataDirectory(directory)
  await expect(data.lock()).rejects.toThrow(`(process ${first.process.pid})`)

  await first.kill()

  const lock = await data.lock()
  await lock.release()
})

test('of several processes that make a secret at once, all get the same, in a file of mode 0600', async () => {
  await mkdir(directory, { recursive: true })
  const file = path.join(directory, 'secret')
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, index) => readOrCreateSecretFile(file, () => `secret-${index}`)),
  )

  expect(new Set(made).size).toBe(1)
  expect(await readFile(file, 'utf8')).toBe(`${made[0]}\n`)
  expect(await modeOf(file)).toBe(0o600)
})

test('a secret that was left readable for others is closed, and an empty one is an error, not a new secret', async () => {
  await mkdir(directory, { recursive: true })
  const file = path.join(directory, 'secret')
  await writeFile(file, 'kept\n', { mode: 0o644 })

  expect(await readOrCreateSecretFile(file, () => 'new')).toBe('kept')
  expect(await modeOf(file)).toBe(0o600)

  await writeFile(file, '')
  await expect(readOrCreateSecretFile(file, () => 'new')).rejects.toThrow(/is empty/)
})
