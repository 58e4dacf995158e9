import { expect, test } from 'vitest'
import { lineAt, ModuleSyntaxError, parseModule } from '../../src/archive/parse-module.ts'

/** What the parser says of a text, and in which line; null where it is a module. */
function faultOf(source: string): string | null {
  try {
    parseModule(source)
    return null
  } catch (error) {
    if (error instanceof ModuleSyntaxError) return `${error.line}: ${error.message}`
    throw error
  }
}

test.each([
  [
    'modules of the newest edition',
    "import a from './a.js'\nexport default await a?.b ?? a\nclass A { #x; static {} }",
  ],
  [
    'fifty thousand names in one scope',
    Array.from({ length: 50_000 }, (_, index) => `let a${index}`).join(';'),
  ],
  ['as many exports', Array.from({ length: 50_000 }, (_, index) => `export const a${index}=1`).join(';')],
  ['one line of half a megabyte', 'a;'.repeat(256 * 1024)],
  ['a parameter of catch that var repeats', 'try {} catch (e) { var e }'],
])('%s are read', (_what, source) => {
  expect(faultOf(source)).toBeNull()
})

test.each([
  ['CommonJS with a reserved word', 'const await = 1', /^1: /],
  ['a text that does not end', 'let a\nlet b = "abc\nlet c', /^2: Unterminated string constant$/],
  ['a name declared twice', 'let a\n\nlet a', /^3: Identifier 'a' has already been declared$/],
  ['a name declared as var and let', 'var a\nlet a', /^2: Identifier/],
  ['an export of nothing', 'export { a }', /^1: Export 'a' is not defined/],
  ['a hundred thousand brackets', '('.repeat(100_000), /^1: It is nested too deeply/],
  ['a hundred thousand arrow functions', 'a=>'.repeat(100_000) + '1', /^1: It is nested too deeply/],
  ['fifty thousand templates in each other', '`${'.repeat(50_000), /^1: It is nested too deeply/],
  [
    'thirty thousand var in two thousand blocks',
    `${'{'.repeat(2_000)}${Array.from({ length: 30_000 }, (_, index) => `var a${index}`).join(';')}${'}'.repeat(2_000)}`,
    /^1: It declares too many names/,
  ],
])('%s is told with its line', (_what, source, expected) => {
  expect(faultOf(source)).toMatch(expected)
})

test('lines end as ECMAScript says', () => {
  expect([0, 1, 3, 4, 5].map((offset) => lineAt('a\r\nb\u2028c', offset))).toEqual([1, 1, 2, 2, 3])
})
