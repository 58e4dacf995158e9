import { expect, test } from 'vitest'
import { holdArchives } from '../../src/edge/held-archives.ts'

const bytes = (size: number) => async (): Promise<Uint8Array> => new Uint8Array(size)

test('readers of one archive share its bytes, which are let go when the last one has them', async () => {
  const archives = holdArchives(100)
  let reads = 0
  const read = async (): Promise<Uint8Array> => {
    reads += 1
    return new Uint8Array(60)
  }
  const [first, second] = await Promise.all([archives.take('a', 60, read), archives.take('a', 60, read)])
  expect(second.bytes).toBe(first.bytes)
  expect([reads, archives.heldBytes()]).toEqual([1, 60])
  first.release()
  first.release()
  expect(archives.heldBytes()).toBe(60)
  second.release()
  expect(archives.heldBytes()).toBe(0)
  ;(await archives.take('a', 60, read)).release()
  expect(reads, 'nothing is kept for later: it is verified anew').toBe(2)
})

test('all archives together are bounded, and one is sent however large it is', async () => {
  const archives = holdArchives(100)
  const large = await archives.take('large', 500, bytes(500))
  await expect(archives.take('b', 1, bytes(1))).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  const again = await archives.take('large', 500, bytes(500))
  large.release()
  again.release()
  const held = [await archives.take('a', 60, bytes(60)), await archives.take('b', 40, bytes(40))]
  await expect(archives.take('c', 1, bytes(1))).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  for (const it of held) it.release()
  expect(archives.heldBytes()).toBe(0)
})

test('what cannot be read is not held, for any of its readers', async () => {
  const archives = holdArchives(100)
  const fail = async (): Promise<Uint8Array> => {
    throw new Error('gone')
  }
  const both = await Promise.allSettled([archives.take('a', 60, fail), archives.take('a', 60, fail)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(archives.heldBytes()).toBe(0)
})
