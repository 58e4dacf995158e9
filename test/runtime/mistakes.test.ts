import { expect, test } from 'vitest'
import { withPlugin } from '../support/runtime.ts'

/** What authors get wrong; each tells what to do, and where. */
const plugin = withPlugin(
  {
    'main.js': `import { definePlugin } from 'patchbay'
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
async function fails() { throw new Error('nobody waits for me') }
export default definePlugin({
  hooks: {
    bigint: () => ({ order: { total: 12n } }),
    circle: () => { const a = { name: 'a' }; a.self = { back: a }; return a },
    losses: () => ({ later: sleep(1), map: new Map(), list: [new Set()], gone: new Error('no'), date: new Date(0) }),
    own: () => JSON.stringify({ map: new Map([[1, 2]]), later: sleep(1) }),
    unawaited: (ctx) => { ctx.files.delete('a'); ctx.files.delete('b'); return 'sent' },
    text: () => { throw 'just a text' },
    nothing: () => Promise.reject(null),
    cause: () => { throw new Error('outer', { cause: new TypeError('inner') }) },
    many: () => Promise.any([Promise.reject(new Error('one')), Promise.reject('two')]),
    rejected: async () => { fails(); await sleep(5) },
    timer: async () => { setTimeout(() => { throw new Error('in a timer') }, 1); await sleep(5) },
    refused: (ctx) => ctx.mail.send({ to: 'a@example.com' }),
    given: (ctx) => ctx.files.delete({ path: 1n }),
    logs: () => {
      const circle = { n: 1n, map: new Map([[1, { deep: true }]]), error: new Error('within') }
      circle.self = circle
      console.log(circle, new Error('see patchbay: it says why'))
    },
  },
  filters: { changed: (ctx, value) => { value.x = 1 }, same: () => {} },
})`,
  },
  { capabilities: { 'files.delete': () => new Promise(() => undefined) } },
)
const errorOf = async (hook: string) => (await plugin.hook(hook)).error
const logOf = async (hook: string) => (await plugin.hook(hook)).logs.map(({ message }) => message)

test('what cannot be sent is named, with what to make of it', async () => {
  expect(await errorOf('bigint')).toMatchObject({
    name: 'TypeError',
    message: '"total" in what bigint returned is a BigInt, which cannot be sent: make it a number or a text.',
  })
  expect((await errorOf('circle'))?.message).toMatch(
    /^What circle returned cannot be sent, since it leads back to itself\..*property 'self'/s,
  )
  const given = await errorOf('given')
  expect(given?.message).toMatch(/^"path" in what ctx\.files\.delete was given is a BigInt/)
  expect(given?.stack).toContain('main.js:18')
})

test('what JSON loses without a word stands in the log, of what is sent alone', async () => {
  const { value, logs } = await plugin.hook('losses')
  expect(value).toEqual({ later: {}, map: {}, list: [{}], gone: {}, date: '1970-01-01T00:00:00.000Z' })
  expect(logs.map(({ level, message }) => [level, message])).toEqual([
    ['warn', '"later" in what losses returned is a promise: await it.'],
    [
      'warn',
      '"map" in what losses returned is a Map, of which nothing is sent: make it an object or a list.',
    ],
    ['warn', '"0" in what losses returned is a Set, of which nothing is sent: make it a list.'],
  ])
  expect(await plugin.hook('own')).toMatchObject({ value: '{"map":{},"later":{}}', logs: [] })
})

test('a call of the host that nobody waited for is told', async () => {
  expect(await logOf('unawaited')).toEqual([
    'ctx.files.delete was still under way when the handler ended: await it.',
  ])
})

test('an error tells its place and its causes; what is thrown and is none says so', async () => {
  expect(await errorOf('text')).toEqual({
    name: 'Error',
    message: 'just a text',
    stack: expect.stringMatching(/^Error: just a text\n    at an unknown place: .* Throw an Error/) as string,
  })
  expect((await errorOf('nothing'))?.message).toBe('null was thrown')
  expect((await errorOf('cause'))?.stack).toMatch(
    /^Error: outer\n    at .*main\.js:13:\d+\)\nCaused by TypeError: inner\n    at .*main\.js:13:\d+\)$/,
  )
  expect((await errorOf('many'))?.stack).toMatch(/\nOne of them: Error: one\n.*\nOne of them: two$/)
  expect((await errorOf('refused'))?.stack).toMatch(
    /^PermissionDenied \[PERMISSION_DENIED\]: .*mail\.send\.\n    at .*main\.js:17/,
  )
})

test('what fails where nobody waits for it is told with its place', async () => {
  expect((await logOf('rejected'))[0]).toMatch(
    /^A rejected promise was not handled: Error: nobody waits for me\n    at fails \(main\.js:3:32\)/,
  )
  expect(await logOf('timer')).toEqual([
    expect.stringMatching(
      /^What setTimeout called has thrown: Error: in a timer\n    at main\.js:16:\d+$/,
    ) as string,
  ])
})

test('whatever is logged can be read', async () => {
  const [line] = await logOf('logs')
  expect(line).toMatch(
    /^\{"n":"1n","map":\[\[1,\{"deep":true\}\]\],"error":"Error: within\\n    at .*"self":/,
  )
  expect(line).toContain('"self":"[circular]"} Error: see patchbay: it says why\n')
})

test('a filter that changes its value and returns nothing is told', async () => {
  expect((await plugin.filter('changed', { a: 1 })).logs[0]?.message).toBe(
    'changed changed its value and returned nothing: the value goes on as it was. Return it.',
  )
  expect((await plugin.filter('same', { a: 1 })).logs).toEqual([])
})
