import { createHash } from 'node:crypto'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { type Budget, createBudget } from './budget.ts'
import { linearRegExp } from './linear-regexp.ts'
import { KEYWORDS, walkSchema } from './walk-schema.ts'

/** A schema ready for use; it is compiled when it is first asked. */
export interface PreparedSchema {
  budget: Budget
  /** For a subschema by its JSON Pointer as URI fragment (`#/properties/a`), or `#`. Throws in ajv's words. */
  validator(pointer: string): ValidateFunction
}

/** Compiled schemas that are kept; each is some kilobytes of code. */
const MAX_KEPT = 500
const kept = new Map<string, PreparedSchema>()

/** Makes a schema ready that has no fault (`schema-faults.ts`); others throw when they are used. */
export function prepareSchema(schema: JsonObject): PreparedSchema {
  const key = createHash('sha256').update(JSON.stringify(schema)).digest('base64')
  const known = kept.get(key)
  if (known !== undefined) return known
  const prepared = prepare(schema)
  if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!)
  kept.set(key, prepared)
  return prepared
}

type AddedFormat = NonNullable<Ajv2020['formats'][string]>

/** Where the schema lies for ajv. */
const ROOT = 'urn:patchbay:schema'
/** Keyword of our own that stands in every subschema and is paid before all others. */
const COST = 'patchbay:cost'
/** Characters of a text that formats are tried on: some of their expressions take its length squared. */
const MAX_FORMATTED = 10_000

function prepare(schema: JsonObject): PreparedSchema {
  const budget = createBudget()
  const ajv = new Ajv2020({
    // To stop at the first, ajv nests its code, and overflows the stack at 2,000 properties.
    allErrors: true,
    useDefaults: true,
    strict: false,
    logger: false,
    // 0.07 is a multiple of 0.01 for everybody but IEEE 754.
    multipleOfPrecision: 9,
    // Held against the metaschema by schema-faults.ts, once; to do it here takes 30 ms for each schema.
    meta: false,
    validateSchema: false,
    // Copies of what is referred to make 100 MB of code out of a manifest.
    inlineRefs: false,
    code: { regExp: linearRegExp(budget) },
  })
  addFormats.default(ajv)
  for (const [name, format] of Object.entries(ajv.formats)) {
    if (format !== undefined) ajv.formats[name] = bounded(format)
  }
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (unique: boolean, items: JsonValue[]) => !unique || areUnique(items),
    error: { message: 'must NOT have duplicate items' },
  })
  ajv.addKeyword({
    keyword: COST,
    before: '$ref',
    schemaType: 'number',
    validate: (cost: number, value: JsonValue) => {
      budget.spend(cost + sizeOf(value))
      return true
    },
  })
  ajv.addSchema(priced(schema), ROOT)
  return {
    budget,
    validator: (pointer) => {
      const validate = ajv.getSchema(`${ROOT}${pointer}`)
      if (validate === undefined) throw new Error(`there is no schema at ${pointer}`)
      return validate as ValidateFunction
    },
  }
}

/**
 * A copy in which each subschema says what it costs (a unit, and one for each item of its lists, which may each fail),
 * and has no keyword that only ajv knows: `$async` makes promises of answers, `nullable` and `id` throw.
 */
function priced(schema: JsonObject): JsonObject {
  const copy = structuredClone(schema)
  for (const { schema: subschema } of walkSchema(copy)) {
    for (const keyword of Object.keys(subschema)) if (!READ.has(keyword)) delete subschema[keyword]
    subschema[COST] = costOf(subschema)
  }
  return copy
}

/** A schema lies where we put it, whatever it says of itself. */
const READ = KEYWORDS.difference(new Set(['$schema', '$id', '$vocabulary', '$comment']))

function costOf(schema: JsonObject): number {
  const lists = Object.values(schema).filter((value) => Array.isArray(value))
  return 1 + lists.reduce((sum, list) => sum + list.length, 0)
}

/** Each property may be one too many. */
function sizeOf(value: JsonValue): number {
  return isJsonObject(value) ? Object.keys(value).length : 0
}

/** The same format, which no text passes that is too long to try. */
function bounded(format: AddedFormat): AddedFormat {
  if (format instanceof RegExp) return (text: string) => text.length <= MAX_FORMATTED && format.test(text)
  if (typeof format === 'function') return (text: string) => text.length <= MAX_FORMATTED && format(text)
  // Formats of numbers, and those that are compared too.
  return format
}

/** Ajv compares each with each, which takes 5 s for 40,000 items. */
function areUnique(items: readonly JsonValue[]): boolean {
  return new Set(items.map(canonical)).size === items.length
}

function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_key, part: JsonValue) =>
    isJsonObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}
