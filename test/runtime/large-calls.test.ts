import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { JsonValue } from '../../src/lib/json.ts'
import { startRuntime, withHook } from '../support/runtime.ts'

test.each([
  ['large calls', 1_000_000, 40, 33],
  ['small ones, which wait with the host,', 60_000, 600, 558],
])(
  'of %s 32 MiB wait, and more is refused until there is room again',
  async (_what, characters, calls, done) => {
    const gate = Promise.withResolvers<number>()
    const open = async (): Promise<JsonValue> => {
      gate.resolve(1)
      return null
    }
    const capabilities = {
      'files.write': async () => await gate.promise,
      'secrets.get': Object.assign(open, { waitsForOthers: true }),
    }
    const body = `
    const write = () => ctx.files.write('text', 'x'.repeat(${characters})).then(() => 'done', ({ code }) => code)
    const all = Array.from({ length: ${calls} }, write)
    await ctx.secrets.get('go')
    const ends = await Promise.all(all)
    return [ends.filter((end) => end === 'done').length, ends.at(-1), await write()]`
    const runtime = await startRuntime({
      budgets: { hostCalls: 1000, logLines: 1, concurrent: 1, waiting: 1 },
    })
    onTestFinished(() => runtime.close(0))
    expect((await withHook(body, { capabilities, runtime }).hook('run')).value).toEqual([
      done,
      'BUSY',
      'done',
    ])
  },
)

test('an invocation has a MiB of large calls under way, the others wait in its own memory, in order', async () => {
  const gates: PromiseWithResolvers<null>[] = []
  const seen: JsonValue[] = []
  const capabilities = {
    'files.write': async (input: JsonValue) => {
      const { path } = input as { path: string }
      seen.push(path)
      if (path === 'small') return null
      const gate = Promise.withResolvers<null>()
      gates.push(gate)
      return await gate.promise
    },
    'secrets.get': Object.assign(
      async () => {
        const before = [...seen]
        while (gates.length > 0) {
          gates.shift()?.resolve(null)
          await nextTurn()
        }
        return before
      },
      { waitsForOthers: true },
    ),
  }
  const body = `
    const write = (name, length) => ctx.files.write(name, 'x'.repeat(length)).then(() => name, ({ code }) => code)
    const all = [write('a', 400_000), write('b', 400_000), write('c', 400_000), write('d', 1_000_000), write('small', 10)]
    const before = await ctx.secrets.get('go')
    for (let n = 0; n < 5; n += 1) await ctx.secrets.get('go')
    return { before, ends: await Promise.all(all) }`
  const result = await withHook(body, { capabilities }).hook('run')
  expect(result.value).toEqual({ before: ['a', 'b', 'small'], ends: ['a', 'b', 'c', 'd', 'small'] })
  expect(seen).toEqual(['a', 'b', 'small', 'c', 'd'])
  const left = await withHook(
    `for (let n = 0; n < 3; n += 1) void ctx.files.write('left', 'x'.repeat(1e6))`,
    {
      capabilities,
    },
  ).hook('run')
  expect(left.outcome).toBe('OK')
  expect(left.logs.map(({ message }) => message)).toEqual([
    'ctx.files.write was still under way when the handler ended: await it.',
  ])
})
