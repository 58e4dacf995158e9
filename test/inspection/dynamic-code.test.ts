import { expect, test } from 'vitest'
import { errorsOf, scanMain } from './support/scan.ts'

test.each([
  ['eval', `eval('1')`],
  ['an indirect eval', `(0, eval)('1')`],
  ['an optional call', `eval?.('1')`],
  ['a tag', 'Function`return 1`()'],
  ['Function', `Function('return 1')()`],
  ['new Function', `new Function('a', 'return a')`],
  ['eval.call', `eval.call(null, '1')`],
  ['a bound one', `const f = Function.bind(null)\nf('1')`],
  ['an alias', `const f = Function\nf('1')`],
  ['an alias that is given later', `let f\nf = Function\nexport const g = () => f('1')`],
  ['an alias of an alias', `const a = eval, b = a\nb('1')`],
  ['a choice', `const f = Math.random() > 2 ? parseInt : eval\nf('1')`],
  ['destructuring of the global object', `const { eval: run } = globalThis\nrun('1')`],
  ['a default in a pattern', `const { run = eval } = {}\nrun('1')`],
  ['the global object by another name', `const g = globalThis\ng.eval('1')`],
  ['window.self', `window.self.eval('1')`],
  ['a key in pieces', `globalThis['ev' + 'al']('1')`],
  ['a key in a template', "globalThis[`${'ev'}al`]('1')"],
  ['a key in a constant', `const k = 'Func' + 'tion'\nglobalThis[k]('1')`],
  ['a key turned round', `globalThis['lave'.split('').reverse().join('')]('1')`],
  ['a key from character codes', `globalThis[String.fromCharCode(101, 118, 97, 108)]('1')`],
  ['a key in base64', `globalThis[atob('ZXZhbA==')]('1')`],
  ['the constructor of a method', `[].constructor.constructor('return 1')()`],
  ['the constructor of an arrow function', `(() => {}).constructor('return 1')()`],
  ['the constructor of an async function', `const A = (async () => {}).constructor\nnew A('1')`],
  ['the constructor of a built-in', `Math.max.constructor('return 1')()`],
  [
    'the constructor of a function of the host',
    `export const f = (ctx) => ctx.log.info.constructor('return 1')()`,
  ],
  ['the constructor by a computed key', `''.sub['const' + 'ructor']('return 1')()`],
  ['the constructor destructured', `const { constructor: F } = () => {}\nF('1')`],
  ['the constructor destructured twice', `const { constructor: { constructor: F } } = {}\nF('1')`],
  ['the prototype of a function', `Object.getPrototypeOf(() => {}).constructor('1')`],
  ['the constructor of an unknown value, with text', `export const f = (x) => x.constructor('return 1')()`],
  ['Reflect.get', `Reflect.get(globalThis, 'eval')('1')`],
  ['Reflect.construct', `Reflect.construct(Function, ['1'])`],
  ['Reflect.apply', `Reflect.apply(eval, null, ['1'])`],
  ['a subclass', `export class F extends Function {}`],
  ['a timer with text', `setTimeout('run()', 1)`],
  ['a timer that is called on', `setTimeout.call(null, 'run()', 1)`],
  ['a timer with text in pieces', `export const f = (x) => setTimeout('run(' + x + ')', 1)`],
])('code from text is found: %s', async (_what, source) => {
  expect(await errorsOf(source)).toContain('scan.dynamic-code')
})

test.each([
  ['a parameter named eval in a property', `export const o = { eval: (x) => x }\no.eval('1')`],
  ['a function of that name', `function Function(x) { return x }\nFunction('1')`],
  ['a parameter of that name', `export const f = (Function) => Function('1')`],
  ['an import of that name', `import { Function } from './f.js'\nFunction('1')`],
  ['a name in a block', `{ const setTimeout = (x) => x\n  setTimeout('a') }`],
  ['a method of that name', `export const f = (db) => db.eval('1')`],
  ['instanceof Function', `export const f = (x) => x instanceof Function || typeof eval`],
  ['Function.prototype', `export const f = (x) => Function.prototype.toString.call(x)`],
  ['a constructor that is called on', `export const f = (x) => new x.constructor(3)`],
  ['a constructor of its own', `export class A { copy() { return new this.constructor('a') } }`],
  ['the name of a constructor', `export const f = (x) => x.constructor.name`],
  ['a timer with a function', `setTimeout(() => {}, 10)`],
  ['a comment and a text', `// eval('1')\nexport const s = "eval('1')"`],
])('what only looks like it is not found: %s', async (_what, source) => {
  expect(await scanMain(source)).toEqual([])
})

test('where something is shadowed only by a default, it is found', async () => {
  expect(
    await errorsOf(`export function f(a = process.mainModule) { var process\n return [a, process] }`),
  ).toEqual(['scan.host-objects'])
})

test('eval and Function as values, and names made at run time, are warned of', async () => {
  expect(await scanMain(`export const list = [eval]\nexport const f = (k) => globalThis[k]`)).toEqual([
    'WARNING scan.dynamic-code.indirect 1',
    'WARNING scan.dynamic-code.indirect 2',
  ])
  expect(await scanMain(`export const f = (m) => import(m)`)).toEqual([
    'WARNING scan.dynamic-code.indirect 1',
  ])
  expect(await scanMain(`export const f = () => import('./main.js')`)).toEqual([
    'WARNING scan.dynamic-code.indirect 1',
  ])
})

test.each([
  ['added to', `let k = 'ev'\nk += 'al'\nglobalThis[k]('1')`],
  ['taken from a list', `var k = 'x'\nfor (k of ['eval']) globalThis[k]('1')`],
  ['declared twice', `var k = 'x'\nfor (var k of ['eval'])\nglobalThis[k]('1')`],
])('a name that is changed later is taken for made at run time: %s', async (_what, source) => {
  expect((await scanMain(source)).map((line) => line.slice(0, -2))).toEqual([
    'WARNING scan.dynamic-code.indirect',
  ])
})

test('a name of very many character codes is made at run time for us, and nothing fails', async () => {
  const key = `String.fromCharCode(${'9,\n'.repeat(160_000)}9)`
  const told = await scanMain(`globalThis[${key}]\nimport(${key})`)
  expect(new Set(told.map((line) => line.split(' ', 2).join(' ')))).toEqual(
    new Set(['WARNING scan.dynamic-code.indirect']),
  )
})

test('the line is that of the call', async () => {
  expect(await scanMain(`// one\r\n// two\n\neval('1')\n`)).toEqual(['ERROR scan.dynamic-code 4'])
})
