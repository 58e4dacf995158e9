import { stripTypeScriptTypes } from 'node:module'
import { expect, test } from 'vitest'
import { withPlugin, type TestPlugin } from '../support/runtime.ts'

const SOURCE = `import { definePlugin } from 'patchbay'
interface Order {
  readonly id: string
}
enum Kind { Big, Small }
function check(order: Order): void {
  if (Kind.Big === 0) throw new Error('no such order: ' + order.id)
}
export default definePlugin({
  hooks: {
    run: (ctx: unknown, order: Order) => check(order),
    note: () => { try { check({ id: '7' }) } catch (error) { console.error(error) } },
  },
})
`
const MARK = '//# sourceMappingURL='

/** The module as a compiler makes it, whose lines are not those of the source; and its map. */
function compiled(sourceUrl: string): { module: string; map: string } {
  const text = stripTypeScriptTypes(SOURCE, { mode: 'transform', sourceMap: true, sourceUrl })
  const at = text.lastIndexOf(MARK)
  const map = Buffer.from(text.slice(at).split('base64,')[1]!, 'base64').toString()
  const { mappings } = JSON.parse(map) as { mappings: string }
  // Three lines of a bundler's own above.
  const shifted = JSON.stringify({ version: 3, sources: [sourceUrl], names: [], mappings: `;;;${mappings}` })
  return { module: `// built\n// by\n// hand\n${text.slice(0, at)}`, map: shifted }
}

function withMap(name: string, files: Record<string, string>, sourceUrl = '../src/plugin.ts'): TestPlugin {
  return withPlugin(
    { 'dist/main.js': `${compiled(sourceUrl).module}${MARK}${name}\n` },
    { entry: 'dist/main.js', files },
  )
}

async function traceOf(plugin: TestPlugin): Promise<string> {
  const { error } = await plugin.hook('run', { id: '7' })
  expect(error?.message).toBe('no such order: 7')
  return error!.stack!
}

test('an error tells its places in the sources, by the map beside the module', async () => {
  const plugin = withMap('main.js.map', { 'dist/main.js.map': compiled('../src/plugin.ts').map })
  expect(await traceOf(plugin)).toMatch(
    /^Error: no such order: 7\n\s+at check \(src\/plugin\.ts:7:29\)\n\s+at Object\.run \(src\/plugin\.ts:11:\d+\)$/,
  )
  const { logs } = await plugin.hook('note')
  expect(logs[0]?.message).toContain('at check (src/plugin.ts:7:29)')
})

test('a map may stand in the module itself', async () => {
  const { map } = compiled('webpack://shop/./src/plugin.ts')
  const inline = `data:application/json;base64,${Buffer.from(map).toString('base64')}`
  expect(await traceOf(withMap(inline, {}))).toContain('at check (src/plugin.ts:7:29)')
})

const { mappings } = JSON.parse(compiled('a.ts').map) as { mappings: string }
const HOSTILE: [string, string, string?][] = [
  ['that is not there', ''],
  ['that is no JSON', '{'],
  ['that is no map', '[]'],
  ['of another version', '{"version":2,"sources":["a.ts"],"mappings":"AAAA"}'],
  ['whose mappings are no text', '{"version":3,"sources":["a.ts"],"mappings":{"length":1}}'],
  [
    'whose mappings are no code',
    '{"version":3,"sources":["a.ts"],"mappings":";;;;;;;;!!!!,$$$$;////////////"}',
  ],
  ['whose sources are no list', '{"version":3,"sources":"a.ts","mappings":"AAAA"}'],
  ['with maps in the map', '{"version":3,"sections":[]}'],
  ['of too many sources', JSON.stringify({ version: 3, sources: Array(5001).fill('a.ts'), mappings })],
  [
    'of too many positions',
    `{"version":3,"sources":["a.ts"],"mappings":"${mappings};${'AAAA,'.repeat(110_000)}"}`,
  ],
  [
    'of too many bytes',
    `{"version":3,"sources":["a.ts"],"mappings":"${mappings}","x":"${'x'.repeat(2 ** 22)}"}`,
  ],
]

test.each(HOSTILE)('a map %s leaves the trace as it is', async (_name, map) => {
  const trace = await traceOf(withMap('main.js.map', map === '' ? {} : { 'dist/main.js.map': map }))
  expect(trace).toMatch(/at check \(dist\/main\.js:\d+:\d+\)/)
})

test('names of sources are no way to write into a log', async () => {
  const source = `\u001B[31m\n    at forged (host.js:1:1)${'x'.repeat(10_000)}`
  const { map } = compiled(source)
  const trace = await traceOf(withMap('main.js.map', { 'dist/main.js.map': map }))
  expect(trace).not.toContain('\u001B')
  expect(trace).not.toContain('forged (host')
  expect(trace.split('\n')).toHaveLength(3)
  expect(trace.length).toBeLessThan(1000)
})

test('a map outside the archive is not looked for', async () => {
  for (const name of [
    '../../../etc/passwd',
    '/etc/passwd',
    'https://example.com/main.js.map',
    'file:///etc/passwd',
    '%',
  ])
    expect(await traceOf(withMap(name, {}))).toContain('dist/main.js:')
})
