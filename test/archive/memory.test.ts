import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MiB } from '../../src/lib/units.ts'
import { bombs } from './support/bombs.ts'

/** What the service may lose to one refused archive, of which it may read several at once. */
const MAX_GROWN_BYTES = 64 * MiB
const PROGRAM = path.join(import.meta.dirname, 'support/measure-memory.ts')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'patchbay-bombs-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

test.each(bombs)('%s: refused, and memory grows by less than 64 MiB', async (_rule, check, make) => {
  const file = path.join(folder, 'bomb')
  await writeFile(file, make())
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, file])
  const { refused, checks, grownBytes } = JSON.parse(stdout) as {
    refused: boolean
    checks: string[]
    grownBytes: number
  }
  expect(refused).toBe(true)
  expect(new Set(checks)).toEqual(new Set([check]))
  expect(grownBytes).toBeLessThan(MAX_GROWN_BYTES)
})
