import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** A schema within a schema, or the whole. */
export interface Subschema {
  schema: JsonObject
  /** Keys from the root to it. */
  at: string[]
  /** The property that it describes, where it describes one. */
  property: string | null
}

/** Keywords of JSON Schema 2020-12 (and `items`' and `definitions`' older forms) whose value is a schema. */
const ONE = [
  'items',
  'additionalItems',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentSchema',
  'not',
  'if',
  'then',
  'else',
]
/** … a list of schemas. */
const LIST = ['prefixItems', 'allOf', 'anyOf', 'oneOf']
/** … an object of schemas. */
const NAMED = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies']

/** The vocabularies of JSON Schema 2020-12, and what older drafts had that is still read. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  `$schema $id $ref $defs $comment $vocabulary definitions title description default deprecated readOnly writeOnly
  examples type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern
  maxItems minItems uniqueItems maxContains minContains maxProperties minProperties required dependentRequired format
  contentEncoding contentMediaType contentSchema items prefixItems contains additionalItems properties
  patternProperties additionalProperties propertyNames unevaluatedItems unevaluatedProperties dependentSchemas dependencies allOf
  anyOf oneOf not if then else`.split(/\s+/),
)

/**
 * The schema and all in it, outermost first; `true` and `false` are passed over. What stands in `default`, `const`,
 * `enum` and `examples` is data, whatever it looks like.
 */
export function* walkSchema(
  schema: JsonObject,
  at: string[] = [],
  property: string | null = null,
): Generator<Subschema> {
  yield { schema, at, property }
  for (const [keyword, value] of Object.entries(schema)) {
    for (const [name, child] of childrenOf(keyword, value)) {
      if (!isJsonObject(child)) continue
      const describes = keyword === 'properties' ? name : null
      yield* walkSchema(child, name === null ? [...at, keyword] : [...at, keyword, name], describes)
    }
  }
}

function childrenOf(keyword: string, value: JsonValue): [name: string | null, child: JsonValue][] {
  if (ONE.includes(keyword)) return [[null, value]]
  if (LIST.includes(keyword) && Array.isArray(value)) {
    return value.map((child, index) => [String(index), child])
  }
  return NAMED.includes(keyword) && isJsonObject(value) ? Object.entries(value) : []
}
