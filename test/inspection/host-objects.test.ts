import { expect, test } from 'vitest'
import { errorsOf, scanFiles, scanMain } from './support/scan.ts'

test.each([
  ['internals of process', `process.binding('fs')`],
  ['the main module', `export const f = () => process.mainModule.require`],
  ['an alias of process', `const p = globalThis.process\nexport const f = () => p.dlopen`],
  ['a built-in module', `import fs from 'fs'\nexport { fs }`],
  ['a built-in module with its scheme', `export { spawn } from 'node:child_process'`],
  ['a built-in module imported later', `export const f = () => import('node:' + 'fs')`],
  ['require of a built-in module', `export const f = () => require('child_process').execSync('id')`],
  ['getBuiltinModule', `process.getBuiltinModule('fs')`],
  ['the stack of the host', `Error.prepareStackTrace = (_, stack) => stack`],
  ['a call site', `export const f = (site) => site.getThis()`],
  ['WebAssembly', `export const f = (b) => new WebAssembly.Module(b)`],
  ['shared memory', `export const b = new SharedArrayBuffer(8)`],
  ['what made the global object', `globalThis.constructor.x`],
  ['the bridge', `patchbayRaw(1, 'x', '')`],
])('an attempt at what is not the plugin’s is found: %s', async (_what, source) => {
  expect(await errorsOf(source)).toContain('scan.host-objects')
})

test.each([
  ['a local variable called process', `const process = { binding: (x) => x }\nprocess.binding('a')`],
  ['a parameter called module', `export const f = (module) => module.constructor`],
  [
    'asking whether it is there',
    `export const f = () => typeof process !== 'undefined' && typeof WebAssembly.Module`,
  ],
  [
    'asking for a kind',
    `export const f = (b) => typeof SharedArrayBuffer === 'function' && b instanceof SharedArrayBuffer`,
  ],
  ['a file of the archive', `import './fs.js'`],
])('what only looks like it is not found: %s', async (_what, source) => {
  expect(await scanMain(source)).toEqual([])
})

test('what exists elsewhere only is warned of, once a file and with what to use', async () => {
  const findings = await scanFiles({
    'main.js': `fetch('/a')\nfetch('/b')\nexport const e = process.env.HOME`,
  })
  expect(findings.map(({ severity, check, line }) => [severity, check, line])).toEqual([
    ['WARNING', 'scan.host-objects.absent', 1],
    ['WARNING', 'scan.host-objects.absent', 3],
  ])
  expect(findings[0]!.message).toContain('ctx.http.fetch')
})

test('a build script that nothing imports is only warned of', async () => {
  const findings = await scanFiles({ 'build.mjs': `import fs from 'node:fs'\nexport { fs }` })
  expect(findings.map(({ severity, check, path }) => [severity, check, path])).toEqual([
    ['WARNING', 'scan.host-objects', 'build.mjs'],
  ])
})

test.each([
  ['an entry of the prototype', `Object.prototype.x = 1`],
  ['an alias', `const p = Object.prototype\np.x = 1`],
  ['another key of the prototype of an object', `export const f = (o) => { o.__proto__.x = 1 }`],
  ['a computed key', `export const f = (o) => { o['__pro' + 'to__'].x = 1 }`],
  ['the prototype of the constructor', `export const f = (o) => { o.constructor.prototype.x = 1 }`],
  ['Array.prototype', `Array.prototype.last = function () {}`],
  ['Object.assign', `Object.assign(Object.prototype, { x: 1 })`],
  ['defineProperty', `Object.defineProperty(({}).__proto__, 'x', { value: 1 })`],
  ['Reflect.set', `Reflect.set(Object.prototype, 'x', 1)`],
  ['deleting', `delete Object.prototype.toString`],
  ['counting', `Object.prototype.x++`],
  ['destructuring', `[Object.prototype.x] = [1]`],
  ['destructuring by name, with a default', `({ a: Object.prototype.x = 2 } = { a: 1 })`],
  ['a loop', `for (Object.prototype.x of [1]);`],
  ['an old definer', `Object.prototype.__defineGetter__('x', () => 1)`],
  ['the prototype of a literal', `const p = Object.getPrototypeOf({})\np.x = 1`],
])('writing to shared prototypes is found: %s', async (_what, source) => {
  expect(await errorsOf(source)).toEqual(['scan.prototype-pollution'])
})

test.each([
  ['a class of its own', `class A {}\nA.prototype.x = 1`],
  ['its own constructor', `export function A() { this.constructor.prototype.x = 1 }`],
  ['a local Object', `const Object = { prototype: {} }\nObject.prototype.x = 1`],
  ['reading', `export const f = (o) => Object.prototype.hasOwnProperty.call(o, 'x')`],
  [
    'a merge that skips the key',
    `export function m(a, b) { for (const k in b) { if (k === '__proto__') continue; a[k] = m(a[k], b[k]) } return a }`,
  ],
  [
    'comparing recursively',
    `export function same(a, b) { for (const k in b) if (!same(a[k], b[k])) return false; return true }`,
  ],
])('what only looks like it is not found: %s', async (_what, source) => {
  expect(await scanMain(source)).toEqual([])
})

test('a recursive merge by any key is warned of, once a function', async () => {
  const source = `export function merge(a, b) {
  for (const k in b) {
    if (typeof b[k] === 'object') a[k] = merge(a[k], b[k])
    else if (b[k]) merge(a[k], b[k])
  }
  return a
}`
  expect(await scanMain(source)).toEqual(['WARNING scan.prototype-pollution.merge 3'])
  expect(await scanMain(`export const f = (o, p) => { o.a.__proto__ = p }`)).toEqual([
    'WARNING scan.prototype-pollution.merge 1',
  ])
})

test('of tests that are packed along it is told how to leave them out', async () => {
  const [finding] = await scanFiles({ 'test/a.test.js': `import { test } from 'node:test'\nexport { test }` })
  expect(finding?.message).toBe(
    '"node:test" is a module of Node. Leave tests out of the package, by a line in .patchbayignore.',
  )
})
