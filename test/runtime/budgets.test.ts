import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { JsonValue } from '../../src/lib/json.ts'
import { sharedRuntime, startRuntime, withHook, withPlugin } from '../support/runtime.ts'

const MiB = 1024 * 1024

test('the 101st call of the host in one invocation is refused, and the host is not asked', async () => {
  let asked = 0
  const capabilities = {
    'secrets.get': async () => {
      asked += 1
      return 'x'
    },
  }
  const body = `
    const ends = await Promise.allSettled(Array.from({ length: input.count }, () => ctx.secrets.get('x')))
    const failed = ends.filter(({ status }) => status === 'rejected')
    return { failed: failed.length, code: failed[0]?.reason.code }`
  const plugin = withHook(body, { capabilities })
  expect(await plugin.hook('run', { count: 100 })).toMatchObject({ hostCalls: 100, value: { failed: 0 } })
  asked = 0
  const flood = await plugin.hook('run', { count: 10_000 })
  expect(flood).toMatchObject({ hostCalls: 100, value: { failed: 9900, code: 'HOST_CALL_LIMIT' } })
  expect(asked).toBe(100)
  const patient = withHook(
    `let failed = 0; for (let i = 0; i < 20_000; i += 1) try { await ctx.secrets.get('x') } catch { failed += 1 }; return failed`,
    { capabilities, timeoutMs: 20_000 },
  )
  expect(await patient.hook('run')).toMatchObject({ hostCalls: 100, value: 19_900 })
  const uncaught = withHook(`for (;;) await ctx.secrets.get('x')`, { capabilities })
  expect(await uncaught.hook('run')).toMatchObject({ outcome: 'ERROR', error: { code: 'HOST_CALL_LIMIT' } })
})

test('denied calls count as calls of the host', async () => {
  const body = `for (let i = 0; i < 300; i += 1) await ctx.mail.send({}).catch((error) => { globalThis.last = error.code }); return globalThis.last`
  expect(await withHook(body).hook('run')).toMatchObject({
    hostCalls: 100,
    deniedCalls: 100,
    value: 'HOST_CALL_LIMIT',
  })
})

test('200 log lines are kept, then one that says so', async () => {
  const { logs } = await withHook(`for (let i = 0; i < 100_000; i += 1) console.log('line', i)`).hook('run')
  expect(logs).toHaveLength(201)
  expect(logs[199]?.message).toBe('line 199')
  expect(logs[200]).toMatchObject({
    level: 'warn',
    message: 'More than 200 lines: what follows is not kept.',
  })
})

test('a log line is cut at 2 KiB, between characters', async () => {
  const { logs } = await withHook(
    `console.log('x'.repeat(1e7)); console.log('ü'.repeat(5000)); console.log('€'.repeat(682))`,
  ).hook('run')
  for (const { message } of logs) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(2048)
  expect(logs[0]?.message).toMatch(/^x{2000,}…$/)
  expect(logs[1]?.message).toMatch(/^ü{1000,}…$/)
  expect(logs[2]?.message).toMatch(/^€{682}$/)
})

test('a result of at most 1 MiB of JSON comes back, a larger one is an error that says so', async () => {
  const plugin = withHook(`return input.unit.repeat(input.count)`)
  const fitting = await plugin.hook('run', { unit: 'x', count: MiB - 2 })
  expect((fitting.value as string).length).toBe(MiB - 2)
  for (const large of [
    { unit: 'x', count: MiB },
    { unit: 'ü', count: MiB / 2 },
    { unit: 'x', count: 100 * MiB },
  ]) {
    const result = await plugin.hook('run', large)
    if (large.count < 100 * MiB)
      expect(result.error?.message).toMatch(/^The result is larger than 1 MiB of JSON/)
    expect(['ERROR', 'OUT_OF_MEMORY']).toContain(result.outcome)
  }
})

test('arguments over 1 MiB of JSON are refused before anything runs', async () => {
  const plugin = withHook('return input.length')
  expect((await plugin.hook('run', 'x'.repeat(MiB - 10))).value).toBe(MiB - 10)
  await expect(plugin.hook('run', 'x'.repeat(MiB))).rejects.toThrow(/Arguments of \d+ bytes/)
})

test('what goes to and from a capability is at most 1 MiB of JSON', async () => {
  const seen: number[] = []
  const capabilities = {
    'files.write': async (input: JsonValue) => {
      seen.push(JSON.stringify(input).length)
      return null
    },
    'files.read': async () => 'y'.repeat(MiB),
  }
  const body = `const codes = []
    for (const attempt of [() => ctx.files.write('a', 'x'.repeat(2 ** 19)), () => ctx.files.write('a', 'x'.repeat(2 ** 20)),
      () => ctx.files.write('a', 'ü'.repeat(2 ** 19)), () => ctx.files.read('a')]) {
      try { await attempt(); codes.push('fine') } catch (error) { codes.push(error.code) }
    }
    return codes`
  const result = await withHook(body, { capabilities }).hook('run')
  expect(result.value).toEqual(['fine', 'INVALID_INPUT', 'INVALID_INPUT', 'ANSWER_TOO_LARGE'])
  expect(seen).toHaveLength(1)
})

test('a host call after the end is not made, and the answer to one that outlived its invocation is dropped', async () => {
  const asked: JsonValue[] = []
  const gate = Promise.withResolvers<string>()
  const capabilities = {
    'secrets.get': async (input: JsonValue) => {
      asked.push(input)
      return (input as { key: string }).key === 'slow' ? await gate.promise : 'x'
    },
  }
  const source = `
    let kept
    export default { hooks: {
      begin: (ctx) => { kept = ctx; ctx.secrets.get('slow').then(() => { globalThis.answered = true }, () => {}); return 'ended' },
      after: async () => {
        try { await kept.secrets.get('late') } catch (error) { return [error.code, globalThis.answered ?? false] }
      },
    } }`
  const plugin = withPlugin({ 'main.js': source }, { capabilities })
  expect((await plugin.hook('begin')).value).toBe('ended')
  gate.resolve('too late')
  expect((await plugin.hook('after')).value).toEqual(['CALL_ENDED', false])
  expect(asked).toEqual([{ key: 'slow' }])
})

test('two invocations in one isolate keep their contexts, logs and host calls apart', async () => {
  const body = `ctx.log.info('mine ' + input.n); await ctx.secrets.get('k' + input.n)
    await new Promise((resolve) => setTimeout(resolve, 10)); ctx.log.info('still ' + input.n); return input.n`
  const capabilities = { 'secrets.get': async () => 'x' }
  const plugin = withHook(body, { capabilities })
  const results = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => plugin.hook('run', { n })))
  for (const [index, result] of results.entries()) {
    expect(result.value).toBe(index + 1)
    expect(result.hostCalls).toBe(1)
    expect(result.logs.map(({ message }) => message)).toEqual([`mine ${index + 1}`, `still ${index + 1}`])
  }
})

test('a call that has ended is answered before the next one of its isolate begins, which may never end', async () => {
  const plugin = withHook(`if (input.loop) for (;;); return 'done'`, { timeoutMs: 500 })
  await plugin.hook('run', {})
  const ended = plugin.hook('run', {})
  const endless = plugin.hook('run', { loop: true })
  expect(await ended).toMatchObject({ outcome: 'OK', value: 'done' })
  expect(await Promise.race([endless, nextTurn('it runs')])).toBe('it runs')
  expect((await endless).outcome).toBe('TIMEOUT')
})

test('CPU time is booked to the invocation whose code takes it, also while others of its isolate wait', async () => {
  const gate = Promise.withResolvers<string>()
  const entered = Promise.withResolvers<null>()
  const capabilities = {
    'secrets.get': async () => {
      entered.resolve(null)
      return await gate.promise
    },
  }
  const body = `if (input.waits) return await ctx.secrets.get('x'); for (let n = 0; n < 3e6; n += 1); return 'counted'`
  const plugin = withHook(body, { capabilities })
  const waiting = plugin.hook('run', { waits: true })
  await entered.promise
  const counting = await plugin.hook('run', {})
  gate.resolve('open')
  const { value, cpuMs } = await waiting
  expect(value).toBe('open')
  expect(cpuMs).toBeGreaterThan(0)
  expect(counting.cpuMs).toBeGreaterThan(2 * cpuMs)
})

test('what a plugin holds is told with the invocation that took it, however soon after another', async () => {
  const plugin = withHook(`if (input.take) globalThis.kept = Array.from({ length: 1e6 }, (_, n) => n / 3)`)
  const [before, taking, after] = await Promise.all(
    [{}, { take: true }, {}].map((input) => plugin.hook('run', input)),
  )
  expect(taking!.heapUsedBytes).toBeGreaterThan(before!.heapUsedBytes + 5 * MiB)
  expect(after!.heapUsedBytes).toBeGreaterThan(before!.heapUsedBytes + 5 * MiB)
})

test('of one installation 8 run, 100 wait, and one more is refused', async () => {
  let running = 0
  let most = 0
  const gate = Promise.withResolvers<null>()
  const full = Promise.withResolvers<null>()
  const capabilities = {
    'hooks.call': async () => {
      running += 1
      most = Math.max(most, running)
      if (running === 8) full.resolve(null)
      await gate.promise
      running -= 1
      return null
    },
  }
  const plugin = withHook(`await ctx.hooks.call('x', 1)`, { capabilities, timeoutMs: 20_000 })
  const runtime = await sharedRuntime()
  const calls = Array.from({ length: 108 }, () => runtime.call(plugin.callOf('HOOK', 'run', [{}])))
  await full.promise
  expect(runtime.status().waitingCalls).toBe(100)
  await expect(plugin.hook('run')).rejects.toMatchObject({ name: 'RuntimeBusyError' })
  gate.resolve(null)
  const results = await Promise.all(calls)
  expect(results.every(({ outcome }) => outcome === 'OK')).toBe(true)
  expect(most).toBe(8)
})

test('what one call and one installation may do is configuration', async () => {
  const budgets = { hostCalls: 3, logLines: 2, concurrent: 1, waiting: 1 }
  const runtime = await startRuntime({ budgets })
  onTestFinished(() => runtime.close(0))
  const gate = Promise.withResolvers<string>()
  const capabilities = { 'secrets.get': async () => 'x', 'hooks.call': () => gate.promise }
  const body = `if (input.wait) return await ctx.hooks.call('x', 1)
    for (let n = 0; n < 9; n += 1) console.log(n)
    const ends = await Promise.allSettled(Array.from({ length: 9 }, () => ctx.secrets.get('x')))
    return ends.filter(({ status }) => status === 'fulfilled').length`
  const plugin = withHook(body, { capabilities, runtime, timeoutMs: 20_000 })
  const { value, hostCalls, logs } = await plugin.hook('run')
  expect({ value, hostCalls, lines: logs.length }).toEqual({ value: 3, hostCalls: 3, lines: 3 })
  const [running, waiting] = [plugin.hook('run', { wait: true }), plugin.hook('run')]
  await expect(plugin.hook('run')).rejects.toMatchObject({ name: 'RuntimeBusyError' })
  gate.resolve('open')
  expect((await running).value).toBe('open')
  expect((await waiting).value).toBe(3)
})
