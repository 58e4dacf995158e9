import { expect, test } from 'vitest'
import { withHook, withPlugin } from '../../support/runtime.ts'
import { NEVER_ENDING } from './never-ending.ts'

/** Small, so that the tests end soon; the runtime adds at most a second. */
const timeoutMs = 300

// Each waits for its own time to be over: several at once wait together.
test.concurrent.each(Object.values(NEVER_ENDING).flat())('%s ends with TIMEOUT', async (_name, body) => {
  const capabilities = {
    'secrets.get': async () => 'x',
    'hooks.call': () => new Promise<null>((resolve) => setTimeout(resolve, 30, null)),
  }
  const result = await withHook(body, { timeoutMs, capabilities }).hook('run')
  expect(result.outcome).toBe('TIMEOUT')
  expect(result.error?.message).toMatch(/^The code did not finish within its time limit of [\d.]+ s\.$/)
  expect(result.durationMs).toBeGreaterThanOrEqual(timeoutMs - 20)
  expect(result.durationMs).toBeLessThan(timeoutMs + 1000)
  expect(result.hostCalls).toBeLessThanOrEqual(100)
})

test('a loop while the module is evaluated, or an await there that never ends, is a TIMEOUT', async () => {
  for (const source of [
    'for (;;);',
    'await new Promise(() => {})',
    'export default { onLoad() { for (;;); } }',
  ]) {
    const result = await withPlugin({ 'main.js': source }, { timeoutMs }).hook('x')
    expect(result.outcome).toBe('TIMEOUT')
  }
})

test('an onLoad that never settles is a TIMEOUT of whoever waits for it', async () => {
  const source = 'export default { onLoad: () => new Promise(() => {}), hooks: { x: () => 1 } }'
  expect((await withPlugin({ 'main.js': source }, { timeoutMs }).hook('x')).outcome).toBe('TIMEOUT')
})

test('what was logged before a timeout is kept', async () => {
  const result = await withHook(`console.log('before'); for (;;);`, { timeoutMs }).hook('run')
  expect(result).toMatchObject({ outcome: 'TIMEOUT', logs: [{ message: 'before' }] })
  expect(result.cpuMs).toBeGreaterThan(1)
})

test('after a timeout the plugin runs again, in another process and with new state', async () => {
  const plugin = withHook(
    `globalThis.count = (globalThis.count ?? 0) + 1; if (input.loop) for (;;); return globalThis.count`,
    {
      timeoutMs,
    },
  )
  expect((await plugin.hook('run')).value).toBe(1)
  expect((await plugin.hook('run')).value).toBe(2)
  expect((await plugin.hook('run', { loop: true })).outcome).toBe('TIMEOUT')
  expect((await plugin.hook('run')).value).toBe(1)
})

test('the signal of a capability is aborted when its invocation ends', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const capabilities = {
    'hooks.call': async (_input: unknown, signal: AbortSignal) => {
      signal.addEventListener('abort', () => resolve(signal.aborted))
      return await new Promise<never>(() => {})
    },
  }
  const result = await withHook(`await ctx.hooks.call('x', 1)`, { timeoutMs, capabilities }).hook('run')
  expect(result.outcome).toBe('TIMEOUT')
  expect(await promise).toBe(true)
})
