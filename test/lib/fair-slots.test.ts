import { expect, test } from 'vitest'
import { createFairSlots, SlotsBusyError } from '../../src/lib/fair-slots.ts'

/** Work that goes on until it is let go, and what has begun so far. */
function stagedWork() {
  const begun: string[] = []
  const gates: (() => void)[] = []
  const work = (name: string) => async (): Promise<string> => {
    begun.push(name)
    const gate = Promise.withResolvers<void>()
    gates.push(gate.resolve)
    await gate.promise
    return name
  }
  const step = async (): Promise<void> => {
    await new Promise(setImmediate)
  }
  return { begun, work, step, endOne: async () => (gates.shift()?.(), await step()) }
}

test('one has no more than his share, and those who wait take turns', async () => {
  const slots = createFairSlots({ places: 2, each: 1, waiting: 10 })
  const { begun, work, step, endOne } = stagedWork()
  const all = ['a1', 'a2', 'a3', 'b1', 'c1'].map((name) => slots.run(name[0]!, undefined, work(name)))
  await step()
  expect(begun).toEqual(['a1', 'b1'])
  await endOne()
  expect(begun, 'a turn for whom it was before').toEqual(['a1', 'b1', 'a2'])
  await endOne()
  expect(begun, 'the newcomer is before all else of his').toEqual(['a1', 'b1', 'a2', 'c1'])
  await endOne()
  await endOne()
  await endOne()
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'c1'])
})

test('too many of one are refused, of another not', async () => {
  const slots = createFairSlots({ places: 1, each: 1, waiting: 1 })
  const { work, step, endOne } = stagedWork()
  const [first, second] = [slots.run('a', undefined, work('a1')), slots.run('a', undefined, work('a2'))]
  await expect(slots.run('a', undefined, work('a3'))).rejects.toThrow(SlotsBusyError)
  const other = slots.run('b', undefined, work('b1'))
  await step()
  for (let n = 0; n < 3; n++) await endOne()
  expect(await Promise.all([first, second, other])).toEqual(['a1', 'a2', 'b1'])
})

test('who gives up while waiting leaves his place to the next, and work that throws leaves its own', async () => {
  const slots = createFairSlots({ places: 1, each: 1, waiting: 10 })
  const { begun, work, step, endOne } = stagedWork()
  const failing = slots.run('a', undefined, async () => {
    await work('a1')()
    throw new Error('broken')
  })
  const giving = new AbortController()
  const givenUp = slots.run('a', giving.signal, work('a2'))
  const last = slots.run('a', undefined, work('a3'))
  await step()
  giving.abort(new Error('over'))
  await expect(givenUp).rejects.toThrow('over')
  await expect(slots.run('a', giving.signal, work('a4'))).rejects.toThrow('over')
  const broken = expect(failing).rejects.toThrow('broken')
  await endOne()
  await broken
  await endOne()
  expect([await last, begun]).toEqual(['a3', ['a1', 'a3']])
})
