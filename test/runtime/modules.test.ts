import { expect, test } from 'vitest'
import { withPlugin } from '../support/runtime.ts'

/** What the first call of a plugin with these modules says went wrong. */
async function failureOf(modules: Record<string, string>, entry = 'main.js'): Promise<string | undefined> {
  const result = await withPlugin(modules, { entry }).hook('x')
  expect(result.outcome).toBe('ERROR')
  return result.error?.message
}

test('a missing import names both files', async () => {
  expect(await failureOf({ 'main.js': `import './lib/a.js'`, 'lib/a.js': `import '../gone.js'` })).toBe(
    `lib/a.js imports '../gone.js', but there is no gone.js in the archive.`,
  )
})

test('only the archive and patchbay can be imported', async () => {
  for (const name of [
    'node:fs',
    'lodash',
    '/etc/passwd',
    'file:///etc/passwd',
    'https://example.com/a.js',
    'sdk',
    '#x',
  ]) {
    expect(await failureOf({ 'main.js': `import '${name}'` })).toBe(
      `main.js imports '${name}': only 'patchbay' and relative paths inside the archive can be imported.`,
    )
  }
  expect(await failureOf({ 'main.js': `import '../../etc/passwd'` })).toMatch(/lies outside the archive/)
  expect(await failureOf({ 'main.js': `import './patchbay'` })).toMatch(/there is no patchbay in the archive/)
  for (const name of ['__proto__', 'constructor', 'toString']) {
    expect(await failureOf({ 'main.js': `import './${name}'` })).toMatch(/in the archive/)
  }
})

test('a missing export, an unknown export of patchbay and a syntax error are told with their place', async () => {
  expect(await failureOf({ 'main.js': `import { a } from './b.js'`, 'b.js': '' })).toMatch(
    /b\.js.*'a'|'a'.*b\.js/s,
  )
  expect(await failureOf({ 'main.js': `import { spawn } from 'patchbay'` })).toMatch(/spawn/)
  expect(await failureOf({ 'main.js': 'export default {\n  hooks: {{}\n}' })).toMatch(/main\.js:2/)
  expect(await failureOf({ 'main.js': `import './a.json' with { type: 'json' }`, 'a.json': '{' })).toBe(
    'a.json is not valid JSON.',
  )
  expect(await failureOf({}, 'main.js')).toBe('There is no main.js in the archive.')
})

test('an error while a module is evaluated is told, and tried anew by the next call', async () => {
  const modules = { 'main.js': `const config = null\nconfig.x` }
  const plugin = withPlugin(modules)
  const first = await plugin.hook('x')
  expect(first).toMatchObject({ outcome: 'ERROR', error: { name: 'TypeError' } })
  expect(first.error?.stack).toContain('main.js:2')
  expect(first.error?.stack).not.toMatch(/boundary|\/src\//)
  expect((await plugin.hook('x')).outcome).toBe('ERROR')
  expect(await failureOf({ 'main.js': `await null; throw new Error('later')` })).toBe('later')
})

test('an onLoad that fails is told, and tried anew by the next call', async () => {
  const plugin = withPlugin({
    'main.js': `export default { onLoad: async () => { throw new Error('no router') }, hooks: { x: () => 1 } }`,
  })
  expect(await plugin.hook('x')).toMatchObject({ outcome: 'ERROR', error: { message: 'no router' } })
  expect(await plugin.hook('x')).toMatchObject({ outcome: 'ERROR', error: { message: 'no router' } })
})

test('a PluginError of onLoad aborts no workflow: no handler has spoken', async () => {
  const source = `import { PluginError } from 'patchbay'
    export default { onLoad: () => { throw new PluginError('no router') }, hooks: { x: () => 1 } }`
  const plugin = withPlugin({ 'main.js': source }, { permissions: ['hooks:abort'] })
  expect(await plugin.hook('x')).toMatchObject({ outcome: 'ERROR', error: { message: 'no router' } })
})

test('a package without an entry can have transforms', async () => {
  const plugin = withPlugin({ 't.js': `export const transform = (ctx, input) => input.a + 1` }, { entry: '' })
  expect((await plugin.transform('t.js#transform', { a: 1 })).value).toBe(2)
  expect((await plugin.hook('x')).handled).toBe(false)
})

test('top-level await works, with timers too', async () => {
  const source = `const waited = await new Promise((resolve) => setTimeout(resolve, 5, 'waited'))
    export default { hooks: { x: () => waited } }`
  expect((await withPlugin({ 'main.js': source }).hook('x')).value).toBe('waited')
})

test('cycles, re-exports and modules that several import are evaluated once', async () => {
  const plugin = withPlugin({
    'main.js': `import { order } from './order.js'\nimport './a.js'\nimport './b.js'\nexport * from './a.js'
      export default { hooks: { x: () => order } }`,
    'order.js': `export const order = []`,
    'a.js': `import { order } from './order.js'\nimport { b } from './b.js'\norder.push('a')\nexport const a = () => b`,
    'b.js': `import { order } from './order.js'\nimport { a } from './a.js'\norder.push('b')\nexport const b = () => a`,
  })
  expect((await plugin.hook('x')).value).toEqual(['b', 'a'])
})

test('a plugin without a definition handles nothing', async () => {
  for (const source of [
    '',
    'export default null',
    'export default 7',
    'export const hooks = { x: () => 1 }',
  ]) {
    expect(await withPlugin({ 'main.js': source }).hook('x')).toMatchObject({ outcome: 'OK', handled: false })
  }
  expect((await withPlugin({ 'main.js': 'export default { hooks: { x: () => 1 } }' }).hook('x')).value).toBe(
    1,
  )
})

test('definePlugin says at once what is no definition', async () => {
  const source = `import { definePlugin } from 'patchbay'\nexport default definePlugin()`
  expect(await failureOf({ 'main.js': source })).toBe('definePlugin takes an object of handlers')
})
