import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkManifest } from '../../src/archive/check-manifest.ts'
import { fullFiles, fullManifest, goodWebhook, someHost } from './support/full-plugin.ts'
import { pluginFiles } from './support/plugin-files.ts'

/** What is said that only a fault of ours can say. */
function faultsOf(manifest: unknown, files: Record<string, string>): string[] {
  const entries = pluginFiles(manifest, { ...fullFiles, ...files })
  const { findings } = checkManifest({ entries }, { host: someHost })
  return findings.filter(({ message }) => message.includes('could not be run')).map(({ check }) => check)
}

const keyword = fc.constantFrom(
  ...`type properties items allOf $ref $defs default pattern enum required format additionalProperties not if minimum
  uniqueItems $id patternProperties const $schema $async id nullable discriminator dependencies dependentRequired
  contains multipleOf unevaluatedProperties unevaluatedItems prefixItems propertyNames patchbay:cost`.split(
    /\s+/,
  ),
)

test('settings of any keywords with any values are told or sound, and never break a check', () => {
  const { schema } = fc.letrec<{ schema: unknown; value: unknown }>((tie) => ({
    schema: fc.dictionary(keyword, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(
        'object',
        'string',
        '#',
        '#/properties/a',
        '#/$defs/a',
        '(a',
        '[',
        1,
        true,
        null,
      ),
      tie('schema'),
      fc.dictionary(fc.constantFrom('a', 'b', '$ref', '%', '/'), tie('schema'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  }))
  fc.assert(
    fc.property(schema, (rest) => {
      expect(faultsOf({ ...fullManifest, settings: { ...(rest as object), type: 'object' } }, {})).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('a webhook file with any part of it replaced is told or sound, and never breaks a check', () => {
  const place = fc.nat(goodWebhook.length)
  const scrap = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('*a', '&a', '{', '[', '? ', '!!js', '\n---\n', '<<: ', '${'),
  )
  fc.assert(
    fc.property(place, fc.nat(20), scrap, (from, length, put) => {
      const webhook = goodWebhook.slice(0, from) + put + goodWebhook.slice(from + length)
      expect(faultsOf(fullManifest, { 'webhooks/notify.yaml': webhook })).toEqual([])
    }),
    { numRuns: 500 },
  )
})

test('a manifest with any value in any place is told or sound, and never breaks a check', () => {
  const text = JSON.stringify(fullManifest)
  const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"(?!:)|\d+|true/g)].map(
    (match) => [match[0], match.index] as const,
  )
  const odd = fc.oneof(
    fc.json(),
    fc.constantFrom('"*"', '"..\\/"', '"a.*"', '":"', '"\\u0000"', '"%"', '"${SECRET:"', '-1', '[]', '{}'),
  )
  fc.assert(
    fc.property(fc.nat(values.length - 1), odd, (index, put) => {
      const [value, at] = values[index] ?? ['', 0]
      expect(faultsOf(text.slice(0, at) + put + text.slice(at + value.length), {})).toEqual([])
    }),
    { numRuns: 500 },
  )
})
