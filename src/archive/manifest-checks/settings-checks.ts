import { didYouMean } from '../closest.ts'
import {
  defaultFaults,
  patternFaults,
  referenceFaults,
  schemaFault,
  shapeFaults,
} from '../json-schema/schema-faults.ts'
import { KEYWORDS, walkSchema } from '../json-schema/walk-schema.ts'
import type { SchemaFault } from '../json-schema/schema-faults.ts'
import { quote } from '../quote.ts'
import { manifestCheck, type Problem } from './manifest-check.ts'

/** What organizations and sites configure. */
export const settingsChecks = [
  manifestCheck({
    name: 'manifest.settings.schema',
    category: 'MANIFEST',
    needs: ['settings'],
    *run({ settings }) {
      if (settings !== null) yield* asProblems(shapeFaults(settings), ['settings'])
    },
  }),
  manifestCheck({
    name: 'manifest.settings.references',
    category: 'MANIFEST',
    needs: ['settings'],
    *run({ settings }) {
      if (settings !== null) yield* asProblems(referenceFaults(settings), ['settings'])
    },
  }),
  manifestCheck({
    name: 'manifest.settings.patterns',
    category: 'MANIFEST',
    needs: ['settings'],
    *run({ settings }) {
      if (settings !== null) yield* asProblems(patternFaults(settings), ['settings'])
    },
  }),
  manifestCheck({
    name: 'manifest.settings.defaults',
    category: 'MANIFEST',
    needs: ['settings'],
    *run({ settings }) {
      if (settings === null || schemaFault(settings) !== null) return
      yield* asProblems(defaultFaults(settings), ['settings'])
    },
  }),
  manifestCheck({
    name: 'manifest.settings.keywords',
    category: 'MANIFEST',
    needs: ['settings'],
    *run({ settings }) {
      if (settings === null) return
      const unknown = [...walkSchema(settings)].flatMap(({ schema, at }) =>
        Object.keys(schema).flatMap((keyword) => (KEYWORDS.has(keyword) ? [] : [{ keyword, at }])),
      )
      for (const { keyword, at } of unknown.slice(0, MAX_GUESSES)) {
        // Keywords of one's own are allowed, so that only what looks like a mistyped one is told.
        const hint = didYouMean(keyword, KEYWORDS)
        if (hint === '') continue
        const message = `JSON Schema has no keyword ${quote(keyword)}, so that it asks for nothing.${hint}`
        yield { severity: 'WARNING', message, at: ['settings', ...at, keyword] }
      }
    },
  }),
  manifestCheck({
    name: 'manifest.settings.secrets',
    category: 'MANIFEST',
    needs: ['settings'],
    *run({ settings }) {
      if (settings === null) return
      for (const { schema, at, property } of walkSchema(settings)) {
        const mark = MARKS.find(([keyword, value]) => schema[keyword] === value)
        const name = quote(property ?? at.join('.'))
        const place = { at: ['settings', ...at] }
        if (mark !== undefined) {
          const message = `The setting ${name} is marked as a secret (${quote(mark[0])}), and settings are readable. Declare it in "secrets" instead.`
          yield { message, ...place }
        } else if (property !== null && schema['type'] === 'string' && SECRET_NAME.test(property)) {
          const message = `The setting ${name} looks like a secret by its name, and settings are readable. Declare it in "secrets" if it is one.`
          yield { severity: 'WARNING', message, ...place }
        }
      }
    },
  }),
]

/** What the plugin keeps. */
export const collectionChecks = [
  manifestCheck({
    name: 'manifest.collections.schema',
    category: 'MANIFEST',
    needs: ['collections'],
    *run({ collections }) {
      for (const [name, { schema }] of Object.entries(collections)) {
        const at = ['collections', name, 'schema']
        const type = schema['type']
        if (type !== undefined && type !== 'object') {
          yield {
            message: `What ${quote(name)} holds must be objects. Write "type": "object".`,
            at: [...at, 'type'],
          }
        }
        if (schemaFault(schema) === null) yield* asProblems(defaultFaults({ ...schema, type: 'object' }), at)
        yield* asProblems(shapeFaults(schema), at)
        yield* asProblems(referenceFaults(schema), at)
        yield* asProblems(patternFaults(schema), at)
      }
    },
  }),
  manifestCheck({
    name: 'manifest.collections.fields',
    category: 'MANIFEST',
    needs: ['collections'],
    *run({ collections }) {
      for (const [name, collection] of Object.entries(collections)) {
        const fields = Object.keys(collection.schema['properties'] ?? {})
        for (const list of ['indexes', 'unique'] as const) {
          for (const [index, field] of collection[list].entries()) {
            const at = ['collections', name, list, index]
            if (RESERVED.includes(field)) {
              yield {
                message: `Filters mean something else by ${quote(field)}. Name the property otherwise.`,
                at,
              }
            }
            if (fields.includes(field)) continue
            const message = `The schema of ${quote(name)} has no property ${quote(field)}. Add it there, or take it out of "${list}".${didYouMean(field, fields)}`
            yield { message, at }
          }
        }
      }
    },
  }),
]

/** What the documents' own ids are found by, and filters of filters. */
const RESERVED = ['id', 'and', 'or']

function* asProblems(faults: Iterable<SchemaFault>, within: string[]): Generator<Problem> {
  for (const { at, message } of faults) yield { message, at: [...within, ...at] }
}

/** Keywords that are guessed at; each takes 0.1 ms. */
const MAX_GUESSES = 500

/** How schemas mark what nobody may read, each with the value that does. */
const MARKS: [keyword: string, value: string | boolean][] = [
  ['format', 'password'],
  ['format', 'secret'],
  ['secret', true],
  ['x-secret', true],
  ['sensitive', true],
  ['x-sensitive', true],
  ['writeOnly', true],
]

const SECRET_NAME =
  /^(?:.*[a-z0-9_-])?(?:passw(?:or)?d|passphrase|secret|api[_-]?key|(?:access|auth|bearer|refresh)[_-]?token|(?:private|signing|secret)[_-]?key)$/i
