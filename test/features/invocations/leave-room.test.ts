import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inRoom, type Room } from '../../../src/features/invocations/leave-room.ts'
import { MiB, minutes, seconds } from '../../../src/lib/units.ts'
import type { PluginResult } from '../../../src/runtime/plugin-call.ts'
import { stoppedResult } from '../../../src/runtime/stopped-code.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ worker: false })
})
afterAll(async () => await server.close())

const LARGE = { bytesOut: 1 * MiB }

/** A call of an organization's one plugin, where others ask for something as well. */
async function call(
  organizationId: string,
  work: (room: Room, resultOf: (of: Partial<PluginResult>) => PluginResult) => Promise<void>,
  { timeoutMs = seconds(5), isNested = false, app = server.app } = {},
): Promise<void> {
  const resultOf = (of: Partial<PluginResult>): PluginResult => ({
    ...stoppedResult('Measured.', server.app.clock.now()),
    outcome: 'OK',
    ...of,
  })
  await app.asking.during(['others'], () => undefined)
  const target = { id: `plugin of ${organizationId}`, organizationId }
  await inRoom(app, target, { timeoutMs, isNested }, async (room) => await work(room, resultOf))
}

async function when(waited: Promise<void> | undefined): Promise<'at once' | 'later'> {
  return await Promise.race([
    Promise.resolve(waited).then(() => 'at once' as const),
    turn().then(() => 'later' as const),
  ])
}

/** When a call is kept that has ended so. */
async function kept(
  organizationId: string,
  of: Partial<PluginResult>,
  how = {},
): Promise<'at once' | 'later'> {
  let found: 'at once' | 'later' = 'at once'
  await call(
    organizationId,
    async (room, resultOf) => {
      const waited = room.beforeItIsKept(resultOf(of))
      found = await when(waited)
      await waited
    },
    how,
  )
  return found
}

async function until(found: () => Promise<'at once' | 'later'>, wanted: 'at once' | 'later'): Promise<void> {
  for (let n = 0; (await found()) !== wanted; n += 1) expect(n).toBeLessThan(50)
}

test('while others ask, one large result is kept at once, of several the next ones later, and a small one at once', async () => {
  expect(await kept('acme', LARGE)).toBe('at once')
  await until(async () => await kept('acme', LARGE), 'later')
  expect(await kept('acme', { bytesOut: 1000, hostCalls: 3 })).toBe('at once')
  expect(await kept('globex', LARGE)).toBe('at once')
})

test('log lines and killed processes count as well', async () => {
  const line = { at: new Date(), level: 'info' as const, message: 'x'.repeat(2048) }
  const logs = Array.from({ length: 200 }, () => line)
  await until(async () => await kept('with logs', { logs }), 'later')
  await until(async () => await kept('killed', { outcome: 'OUT_OF_MEMORY' }), 'later')
})

test('who asks alone never waits', async () => {
  while (server.app.asking.othersAsk('others')) await turn()
  for (let n = 0; n < 20; n += 1) expect(await kept('others', LARGE)).toBe('at once')
})

test('nobody is told later than half a second after his time limit', async () => {
  const over = { ...LARGE, outcome: 'TIMEOUT' as const, durationMs: 500 }
  for (let n = 0; n < 5; n += 1) expect(await kept('slow', over, { timeoutMs: 0 })).toBe('at once')
})

test('calls of the host come one after the other, for half of their time limit; a few come at once', async () => {
  const signal = new AbortController().signal
  await call('asking', async (room) => {
    for (let n = 0; n < 10; n += 1) expect(await when(room.pace.before(100, signal))).toBe('at once')
    const large = Array.from({ length: 4 }, () => room.pace.before(0.25 * MiB, signal))
    expect(await when(large.at(-1))).toBe('later')
    const order: number[] = []
    await Promise.all(large.map(async (waited, n) => void order.push((await waited, n))))
    expect(order).toEqual([0, 1, 2, 3])
  })
  await call(
    'asking',
    async (room) => {
      for (let n = 0; n < 10; n += 1) expect(await when(room.pace.before(0.25 * MiB, signal))).toBe('at once')
    },
    { timeoutMs: 0 },
  )
})

test.each([
  ['served', 'later'],
  ['refused', 'at once'],
] as const)('of calls of the host that are %s the end is kept %s', async (how, then) => {
  const signal = new AbortController().signal
  const work = async (room: Room, resultOf: (of: Partial<PluginResult>) => PluginResult): Promise<void> => {
    for (let n = 0; n < 4; n += 1) {
      expect(await when(room.pace.before(0.5 * MiB, signal))).toBe('at once')
      if (how === 'served') room.pace.served(0.5 * MiB)
    }
    expect(await when(room.beforeItIsKept(resultOf({ bytesOut: 2 * MiB })))).toBe(then)
  }
  await call(how, work, { timeoutMs: 0 })
})

test('an invocation that ends takes its waiting calls of the host along', async () => {
  const ending = new AbortController()
  await call(
    'aborted',
    async (room) => {
      const waiting = Array.from({ length: 3 }, async () => await room.pace.before(1 * MiB, ending.signal))
      const last = expect(waiting.at(-1)).rejects.toThrow('aborted')
      ending.abort()
      await Promise.allSettled(waiting)
      await last
    },
    { timeoutMs: minutes(10) },
  )
})

test('what is called within another call never waits, and is put down to its organization', async () => {
  const signal = new AbortController().signal
  await call(
    'nested',
    async (room, resultOf) => {
      for (let n = 0; n < 3; n += 1) expect(await when(room.pace.before(1 * MiB, signal))).toBe('at once')
      expect(await when(room.beforeItIsKept(resultOf({ bytesOut: 3 * MiB })))).toBe('at once')
    },
    { isNested: true },
  )
  expect(await kept('nested', LARGE)).toBe('later')
})

test('of an installation that is costly two calls run at once, a hundred wait, and the next are refused', async () => {
  await until(async () => await kept('flooding', LARGE), 'later')
  const { promise: free, resolve } = Promise.withResolvers<void>()
  const begun: boolean[] = []
  const calls = Array.from(
    { length: 105 },
    async () =>
      await call('flooding', async (room) => {
        begun.push(room.isFull)
        if (!room.isFull) await free
      }),
  )
  await turn()
  expect(begun.filter((isFull) => !isFull)).toHaveLength(2)
  expect(begun.filter((isFull) => isFull)).toHaveLength(3)
  resolve()
  await Promise.all(calls)
  expect(begun.filter((isFull) => !isFull)).toHaveLength(102)
})

test('when the service stops, what was put off is done at once', async () => {
  const stopping = new AbortController()
  const app = { ...server.app, stopping: stopping.signal }
  await until(async () => await kept('stopping', LARGE, { app }), 'later')
  let begun = 0
  const work = async (room: Room, resultOf: (of: Partial<PluginResult>) => PluginResult): Promise<void> => {
    begun += 1
    await room.beforeItIsKept(resultOf({ bytesOut: 100 * MiB }))
  }
  const calls = Array.from({ length: 5 }, async () => await call('stopping', work, { app }))
  await turn()
  expect(begun).toBe(2)
  stopping.abort()
  await turn()
  expect(begun).toBe(5)
  expect(await when(Promise.all(calls).then(() => undefined))).toBe('at once')
  expect(await kept('stopping', LARGE, { app })).toBe('at once')
})

test('of a plugin that nobody called of late one call goes ahead, the others wait until it is known what it costs', async () => {
  const { promise: free, resolve } = Promise.withResolvers<void>()
  const begun: number[] = []
  const calls = Array.from(
    { length: 4 },
    async (_, n) =>
      await call('unseen', async (room, resultOf) => {
        begun.push(n)
        if (n > 0) return
        await free
        void room.beforeItIsKept(resultOf({ bytesOut: 3 * MiB }))
        await turn()
        expect(begun).toEqual([0, 1, 2, 3])
      }),
  )
  await turn()
  expect(begun).toEqual([0])
  resolve()
  await Promise.all(calls)
  expect(begun).toEqual([0, 1, 2, 3])
  const others: number[] = []
  await Promise.all([0, 1, 2].map(async (n) => await call('seen', async () => void others.push(n))))
  expect(others).toHaveLength(3)
})
