import { expect, test } from 'vitest'
import { applySchema, compileSchema } from '../../src/archive/json-schema.ts'
import { checkChanged, told } from './support/plugin-files.ts'

const found = (schema: Record<string, unknown>): string[] =>
  told(checkChanged({ settings: { type: 'object', ...schema } }).findings).map((it) =>
    it.replace('manifest.settings.', ''),
  )
const property = (schema: unknown): Record<string, unknown> => ({ properties: { a: schema } })

test.each<[what: string, schema: Record<string, unknown>]>([
  [
    'every keyword of the vocabularies',
    { $comment: 'x', title: 'a', minProperties: 0, unevaluatedProperties: false },
  ],
  ['required ones without a default', { required: ['a'], ...property({ type: 'string' }) }],
  [
    'nested defaults that fill each other in',
    property({ type: 'object', required: ['b'], properties: { b: { default: 1 } }, default: {} }),
  ],
  [
    'references to definitions, also recursive ones',
    {
      ...property({ $ref: '#/$defs/tree', default: { kids: [{ kids: [] }] } }),
      $defs: {
        tree: { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#/$defs/tree' } } } },
      },
    },
  ],
  [
    'a name in a reference that needs escapes',
    { ...property({ $ref: '#/$defs/a~1%C3%A4' }), $defs: { 'a/ä': {} } },
  ],
  [
    'data that looks like a schema',
    property({
      default: { $ref: 'http://a', pattern: '(?=' },
      examples: [{ format: 'password' }],
      const: { $ref: 'http://a', pattern: '(?=' },
    }),
  ],
  [
    'properties that are called like keywords',
    {
      properties: {
        $ref: { type: 'string' },
        pattern: { type: 'string' },
        default: { type: 'integer', default: 1 },
      },
    },
  ],
  [
    "keywords of one's own",
    property({ 'x-order': 1, widget: 'textarea', nullable: true, 'patchbay:cost': -1e9 }),
  ],
  [
    'patterns with what RE2 and ECMA-262 both know',
    property({ pattern: String.raw`^(?<year>\d{4})-\u00e4\/[\w.-]+\p{L}$` }),
  ],
  ['hundredths', property({ multipleOf: 0.01, default: 0.07 })],
  ['escaped brackets that look like a look-ahead', property({ pattern: String.raw`^\(?=$` })],
])('%s are fine', (_what, schema) => {
  expect(found(schema)).toEqual([])
})

test.each<[what: string, schema: Record<string, unknown>, ...told: string[]]>([
  ['a type that there is not', property({ type: 'text' }), 'ERROR schema'],
  ['properties that are a list', { properties: [] }, 'ERROR schema'],
  ['another draft', { $schema: 'http://json-schema.org/draft-07/schema#' }, 'ERROR schema'],
  ['an address within', property({ $id: 'https://example.com/a' }), 'ERROR schema'],
  ['an anchor', property({ $anchor: 'a' }), 'ERROR schema'],
  ['a reference to a website', property({ $ref: 'https://example.com/a.json' }), 'ERROR references'],
  ['a reference to a file', property({ $ref: 'a.json#/b' }), 'ERROR references'],
  ['a reference to nothing', property({ $ref: '#/$defs/none' }), 'ERROR references'],
  ['a reference to data', { ...property({ $ref: '#/default' }), default: {} }, 'ERROR references'],
  ['a reference with a broken escape', property({ $ref: '#/%' }), 'ERROR references'],
  ['a dynamic reference', property({ $dynamicRef: '#a' }), 'ERROR references'],
  ['a look-ahead', property({ pattern: '^(?!admin)' }), 'ERROR patterns'],
  ['a look-behind', property({ pattern: '(?<!a)b' }), 'ERROR patterns'],
  ['a reference back', property({ pattern: String.raw`(a)\1` }), 'ERROR patterns'],
  ['a named reference back', property({ pattern: String.raw`(?<a>x)\k<a>` }), 'ERROR patterns'],
  ['a bracket that is open', property({ pattern: '(a' }), 'ERROR patterns'],
  ['a pattern of properties', { patternProperties: { '(?=a)': {} } }, 'ERROR patterns'],
  ['a default of another type', property({ type: 'integer', default: 'x' }), 'ERROR defaults'],
  ['a default deep down', property({ properties: { b: { enum: [1, 2], default: 3 } } }), 'ERROR defaults'],
  ['a default in a definition', { $defs: { b: { minimum: 5, default: 3 } } }, 'ERROR defaults'],
  ['a default of the root', { ...property({ type: 'integer' }), default: { a: 'x' } }, 'ERROR defaults'],
  [
    'a default that lacks what it requires',
    property({ type: 'object', required: ['b'], default: {} }),
    'ERROR defaults',
  ],
  ['a default that a pattern refuses', property({ pattern: '^a$', default: 'b' }), 'ERROR defaults'],
  [
    'defaults that together are too many',
    { ...property({ default: 1 }), maxProperties: 0 },
    'ERROR defaults',
  ],
  ['a choice of nothing', property({ enum: [] }), 'ERROR defaults'],
  [
    'a default in what ajv makes promises of',
    property({ $async: true, type: 'string', default: 1 }),
    'ERROR defaults',
  ],
  ['a mistyped keyword', property({ maxLenght: 3 }), 'WARNING keywords'],
  ['a password', property({ type: 'string', format: 'password' }), 'ERROR secrets'],
  ['what is marked as secret', property({ secret: true }), 'ERROR secrets'],
  ['what may only be written', property({ writeOnly: true }), 'ERROR secrets'],
  ['a secret deep down', property({ items: { properties: { b: { 'x-secret': true } } } }), 'ERROR secrets'],
  ['what is called like a secret', { properties: { apiKey: { type: 'string' } } }, 'WARNING secrets'],
])('%s is told', (_what, schema, ...expected) => {
  expect(found(schema)).toEqual(expected)
})

test('a fault of a schema has its line, and says what RE2 cannot', () => {
  const [fault] = checkChanged({
    settings: { type: 'object', properties: { a: { pattern: '(?=a)' } } },
  }).findings
  expect(fault?.message).toContain('looks ahead: patterns are matched by RE2, which does not backtrack')
  expect(fault?.line).toBe(20)
})

test('schemas of collections are held to the same', () => {
  const of = (schema: unknown): string[] =>
    told(checkChanged({ permissions: ['storage:write'], collections: { a: { schema } } }).findings)
  expect(of({ type: 'object', properties: { b: { type: 'string' } } })).toEqual([])
  expect(of({ properties: { b: { type: 'string', default: 1 } } })).toEqual([
    'ERROR manifest.collections.schema',
  ])
  expect(of({ $ref: 'https://example.com' })).toEqual(['ERROR manifest.collections.schema'])
  expect(of({ type: 'string' })).toEqual(['ERROR manifest.collections.schema'])
})

test.each(['id', 'and', 'or'])(
  'no document is found by a property "%s": filters mean something else',
  (field) => {
    const schema = { properties: { [field]: {} } }
    const collections = { a: { schema, indexes: [field] } }
    expect(told(checkChanged({ permissions: ['storage:write'], collections }).findings)).toEqual([
      'ERROR manifest.collections.fields',
    ])
  },
)

test('a value that would take for ever is refused within the budget, whatever the schema', () => {
  const next = { $ref: '#/$defs/node' }
  const node = { type: 'object', properties: { a: { allOf: [next, next] } } }
  const value: unknown = JSON.parse(`${'{"a":'.repeat(60)}{}${'}'.repeat(60)}`)
  const { mistakes } = applySchema({ $ref: '#/$defs/node', $defs: { node } }, value as object as never)
  expect(mistakes).toEqual([{ path: [], message: 'takes too long to check against its schema' }])
})

test('items are unique by what they hold, in whatever order', () => {
  const schema = { type: 'array', uniqueItems: true }
  expect(applySchema(schema, [1, '1', [1], { a: 1, b: 2 }]).mistakes).toEqual([])
  expect(
    applySchema(schema, [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]).mistakes,
  ).toHaveLength(1)
  expect(applySchema({ ...schema, uniqueItems: false }, [1, 1]).mistakes).toEqual([])
})

test('what is no schema is refused in words', () => {
  expect(() => compileSchema({ type: 'object' })).not.toThrow()
  expect(() => compileSchema({ type: 'text' })).toThrow('"type" is no JSON Schema 2020-12')
  expect(() => compileSchema({ $ref: 'https://example.com' })).toThrow('nothing is fetched')
})
