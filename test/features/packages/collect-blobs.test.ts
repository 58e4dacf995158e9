import { randomBytes } from 'node:crypto'
import { access, mkdir, writeFile, utimes } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../../src/app.ts'
import { drawApiKey } from '../../../src/auth/api-key.ts'
import { collectBlobs } from '../../../src/features/packages/collect-blobs.ts'
import { days } from '../../../src/lib/units.ts'
import { pathOfDigest } from '../../../src/platform/blobs/blob-store.ts'
import { accepted } from '../../../scripts/lib/accepted.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { openStage, submit, zipOf, type TestStage } from '../../support/stage.ts'

/** Two processes on one database and one directory. */
let database: Awaited<ReturnType<typeof createTestDatabase>>
let first: TestServer
let second: TestServer
let stage: TestStage
let directory: string
beforeAll(async () => {
  database = await createTestDatabase()
  const common = { databaseUrl: database.url, adminKey: drawApiKey().secret }
  first = await startTestServer(common)
  const { main } = first.app.config.storage
  if (main.kind !== 'file') throw new Error('The tests keep archives in a directory.')
  directory = main.directory
  second = await startTestServer({ ...common, storageDirectory: directory })
  stage = await openStage(first)
})
afterAll(async () => {
  await stage.close()
  await Promise.all([first.close(), second.close()])
  await database.drop()
})

/** The same service, so much later. */
function later(app: App, ms: number): App {
  return { ...app, clock: { ...app.clock, now: () => new Date(app.clock.now().getTime() + ms) } }
}

async function digests(): Promise<string[]> {
  const found: string[] = []
  for await (const { digest } of first.app.blobs.main.list()) found.push(digest)
  return found
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

test('what no package refers to goes after a day, and nothing else does', async () => {
  const kept = accepted(await submit(stage.publisher, zipOf({ id: 'kept' }))).package!.checksum
  const stray = await first.app.blobs.main.put(randomBytes(100))
  expect(await collectBlobs(first.app)).toBe(0)
  expect(await collectBlobs(later(first.app, days(1) - 60_000))).toBe(0)
  expect(await collectBlobs(later(first.app, days(1) + 60_000))).toBe(1)
  expect(await digests()).toEqual([kept])
  expect(await digests()).not.toContain(stray)
})

test('more strays than one batch holds go, each once, where two collect at the same time', async () => {
  const strays = await Promise.all(
    Array.from({ length: 600 }, () => first.app.blobs.main.put(randomBytes(20))),
  )
  const apps = [first.app, second.app].map((app) => later(app, days(2)))
  await Promise.all(apps.map((app) => collectBlobs(app)))
  const left = await digests()
  expect(strays.filter((digest) => left.includes(digest))).toEqual([])
})

test('an archive that is submitted while two collect its old, unreferenced bytes is there in the end', async () => {
  for (let round = 0; round < 15; round++) {
    const file = zipOf({ id: 'raced', version: `1.0.${round}` })
    const digest = await first.app.blobs.main.put(new Uint8Array(await file.arrayBuffer()))
    const old = new Date(Date.now() - days(2))
    await utimes(path.join(directory, pathOfDigest(digest)), old, old)
    const [answer] = await Promise.all([
      submit(stage.publisher, file),
      collectBlobs(first.app),
      collectBlobs(second.app),
    ])
    expect(accepted(answer).package!.checksum).toBe(digest)
    await expect(first.app.blobs.main.get(digest)).resolves.toBeInstanceOf(Uint8Array)
  }
})

test('what a killed process had begun to write goes after a day', async () => {
  const folder = path.join(directory, 'ab', 'cd')
  await mkdir(folder, { recursive: true })
  const part = path.join(folder, `${'ab'.repeat(32)}.x.part`)
  await writeFile(part, 'half of it')
  await collectBlobs(first.app)
  expect(await isThere(part)).toBe(true)
  await collectBlobs(later(first.app, days(1) + 60_000))
  expect(await isThere(part)).toBe(false)
})

test('a store that belongs to the Patchbay of another database is left alone, and that is an error in the log', async () => {
  const stray = await first.app.blobs.main.put(randomBytes(100))
  const stranger = await startTestServer({ storageDirectory: directory })
  try {
    expect(await collectBlobs(later(stranger.app, days(2)))).toBe(0)
    expect(stranger.logLines.join('\n')).toContain('belongs to the Patchbay of another database')
    expect(await digests()).toContain(stray)
  } finally {
    await stranger.close()
  }
})
