import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WhoAsks } from '../../src/platform/who-asks.ts'

let asks: WhoAsks

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  asks = new WhoAsks()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Somebody of these who waits until he is answered. */
function waits(...organizations: string[]): { answer: () => Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const waited = asks.during(organizations, () => promise)
  return {
    async answer() {
      resolve()
      await waited
    },
  }
}

test('who waits is in a hurry until he has his answer, and counts for a second as one who asks', async () => {
  const one = waits('a')
  expect([asks.othersHurry('b'), asks.othersAsk('b')]).toEqual([true, true])
  expect([asks.othersHurry('a'), asks.othersAsk('a')]).toEqual([false, false])
  expect(asks.othersHurry(undefined)).toBe(true)
  const other = waits('a', 'c')
  await one.answer()
  expect([asks.othersHurry('b'), asks.othersHurry('a')]).toEqual([true, true])
  await other.answer()
  expect([asks.othersHurry('b'), asks.othersAsk('b')]).toEqual([false, true])
  vi.advanceTimersByTime(1001)
  expect(asks.othersAsk('b')).toBe(false)
})

test('what takes long is in no hurry, nor does it keep what comes after it from being', async () => {
  const long = waits('a')
  vi.advanceTimersByTime(300)
  expect(asks.othersHurry('b')).toBe(false)
  const short = waits('a')
  expect(asks.othersHurry('b')).toBe(true)
  await short.answer()
  vi.advanceTimersByTime(2000)
  const next = waits('c')
  await long.answer()
  expect(asks.othersHurry('c')).toBe(false)
  expect(asks.othersHurry('b')).toBe(true)
  await next.answer()
  expect(asks.othersHurry('b')).toBe(false)
})

test('what fails has its answer as well', async () => {
  await expect(asks.during(['a'], () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(asks.othersHurry('b')).toBe(false)
})
