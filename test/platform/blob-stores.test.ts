import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MiB } from '../../src/lib/units.ts'
import {
  BlobError,
  BlobStoreUnavailable,
  pathOfDigest,
  type BlobStore,
  type StoredBlob,
} from '../../src/platform/blobs/blob-store.ts'
import { sha256Hex } from '../../src/platform/crypto.ts'
import {
  PAGE_SIZE,
  onAzure,
  onDirectory,
  onS3,
  WRONG_SECRET,
  type BlobStage,
} from '../support/blob-stages.ts'
import type { FaultyLine } from '../support/faulty-line.ts'

async function all(store: BlobStore): Promise<StoredBlob[]> {
  const blobs: StoredBlob[] = []
  for await (const blob of store.list()) blobs.push(blob)
  return blobs
}

async function failureOf(asked: Promise<unknown>): Promise<Error> {
  return await asked.then(
    () => expect.unreachable('It should have failed.'),
    (error: Error) => error,
  )
}

describe.each([
  ['a directory', onDirectory],
  ['S3', onS3],
  ['Azure', onAzure],
])('%s', (_name, open) => {
  let stage: BlobStage
  let store: BlobStore
  beforeAll(async () => {
    stage = await open()
    store = stage.store
  })
  afterAll(() => stage.close())

  test('gives back what it was given, under its SHA-256', async () => {
    const bytes = randomBytes(70_000)
    const digest = await store.put(bytes)
    expect(digest).toBe(sha256Hex(bytes))
    expect(Buffer.from(await store.get(digest)).equals(bytes)).toBe(true)
  })

  test('keeps the same bytes once, also when many bring them at once', async () => {
    const bytes = randomBytes(50_000)
    const digests = await Promise.all(Array.from({ length: 8 }, () => store.put(bytes)))
    await store.put(bytes)
    expect(new Set(digests).size).toBe(1)
    expect((await all(store)).filter(({ digest }) => digest === digests[0])).toHaveLength(1)
    expect(Buffer.from(await store.get(digests[0]!)).equals(bytes)).toBe(true)
  })

  test('does not give bytes of which one was changed; those that are too short are mended by the next put', async () => {
    const bytes = randomBytes(1_000)
    const digest = await store.put(bytes)
    const changed = Buffer.from(bytes)
    changed[500]! ^= 1
    await stage.overwrite(pathOfDigest(digest), changed)
    expect(await failureOf(store.get(digest))).toBeInstanceOf(BlobError)
    await stage.overwrite(pathOfDigest(digest), bytes.subarray(1))
    await store.put(bytes)
    expect(Buffer.from(await store.get(digest)).equals(bytes)).toBe(true)
  })

  test('what is missing, or no digest at all, is told as such', async () => {
    expect((await failureOf(store.get('0'.repeat(64)))).message).toMatch(/is not in the blob store/)
    for (const wrong of ['../../etc/passwd', '', 'A'.repeat(64)]) {
      expect(await failureOf(store.get(wrong))).toBeInstanceOf(BlobError)
      expect(await failureOf(store.delete(wrong))).toBeInstanceOf(BlobError)
    }
  })

  test('takes 20 MiB, and nothing', async () => {
    for (const size of [20 * MiB, 0]) {
      const bytes = randomBytes(size)
      const digest = await store.put(bytes)
      expect(sha256Hex(await store.get(digest))).toBe(digest)
    }
  })

  test('lists what is there and nothing else, with size and time, and deletes it for good', async () => {
    const before = Date.now()
    const bytes = randomBytes(1_234)
    const digest = await store.put(bytes)
    await store.claim('me')
    await stage.overwrite('stray', Buffer.from('x'))
    const listed = await all(store)
    const found = listed.find((blob) => blob.digest === digest)
    expect(found).toMatchObject({ digest, size: 1_234 })
    // Stores tell whole seconds.
    expect(Math.abs(found!.modifiedAt.getTime() - before)).toBeLessThan(60_000)
    expect(listed.every((blob) => /^[0-9a-f]{64}$/.test(blob.digest))).toBe(true)
    await store.delete(digest)
    await store.delete(digest)
    expect((await all(store)).map((blob) => blob.digest)).not.toContain(digest)
    expect(await failureOf(store.get(digest))).toBeInstanceOf(BlobError)
  })

  test('lists more than a page', async () => {
    const before = (await all(store)).length
    const written = 2 * PAGE_SIZE + 1
    await Promise.all(Array.from({ length: written }, () => store.put(randomBytes(8))))
    const digests = (await all(store)).map(({ digest }) => digest)
    expect(digests).toHaveLength(before + written)
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('belongs to whoever claimed it first', async () => {
    expect(await store.claim('me')).toBe('me')
    expect(await store.claim('another')).toBe('me')
  })

  test('a probe proves that it can be written, and leaves nothing', async () => {
    const before = await all(store)
    await store.probe()
    expect(await all(store)).toEqual(before)
  })

  test('where nothing can be kept, every use is told what to do, and a missing store is no empty one', async () => {
    const { missing } = stage
    const asked = [missing.put(randomBytes(10)), missing.get('1'.repeat(64)), missing.probe(), all(missing)]
    for (const error of await Promise.all(asked.map(failureOf))) {
      expect(error).toBeInstanceOf(BlobStoreUnavailable)
      expect(error.message).toMatch(/Make the|See that the directory/)
    }
  })
})

describe.each([
  ['S3', onS3],
  ['Azure', onAzure],
])('%s, over a line that breaks', (_name, open) => {
  let stage: BlobStage
  let line: FaultyLine
  beforeAll(async () => {
    stage = await open()
    line = stage.remote!.line
  })
  afterAll(() => stage.close())

  test('cut in the middle of an upload: a clear error, nothing half-stored, and the next try works', async () => {
    const { store } = stage
    const bytes = randomBytes(5 * MiB)
    line.cutAfter(2 * MiB)
    const error = await failureOf(store.put(bytes))
    expect(error).toBeInstanceOf(BlobStoreUnavailable)
    expect(error.message).toMatch(/cannot be reached .*See that/)
    line.restore()
    expect(await all(store)).toEqual([])
    const digest = await store.put(bytes)
    expect(sha256Hex(await store.get(digest))).toBe(digest)
    await store.delete(digest)
  })

  test('a break that is over at once is not noticed', async () => {
    const { store } = stage
    const bytes = randomBytes(1 * MiB)
    line.cutAfter(MiB / 2)
    const storing = store.put(bytes)
    await expect.poll(() => line.isCut()).toBe(true)
    line.restore()
    await expect(store.get(await storing)).resolves.toHaveLength(MiB)
  })

  test('nobody there: reading is no proof that a blob is missing', async () => {
    line.cutAfter(0)
    const error = await failureOf(stage.store.get('2'.repeat(64)))
    line.restore()
    expect(error).toBeInstanceOf(BlobStoreUnavailable)
  })

  test('the wrong key is refused, and neither it nor the right one is told', async () => {
    const { stranger } = stage.remote!
    for (const error of await Promise.all([stranger.put(randomBytes(10)), stranger.probe()].map(failureOf))) {
      expect(error).toBeInstanceOf(BlobStoreUnavailable)
      expect(error.message).toMatch(/answers 403.*See that PATCHBAY_/)
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(WRONG_SECRET)
    }
  })
})
