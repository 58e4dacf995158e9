import { createHash } from 'node:crypto'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { RE2JS } from 're2js'
import type { JsonObject, JsonValue } from '../lib/json.ts'

/** A value is not what its JSON Schema asks for. */
export interface SchemaMistake {
  /** Keys from the root to the value. */
  path: string[]
  message: string
}

/**
 * A pattern of a schema as a regular expression of RE2, which has no backtracking: a plugin's schema cannot make us
 * run for ever. `toString` must differ for each pattern, since ajv tells them apart by it.
 */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern)
    return {
      test: (text: string) => compiled.matcher(text).find(),
      source: pattern,
      toString: () => `linear:/${pattern}/`,
    }
  },
  { code: 'linearRegExp' },
)

/** Compiled schemas that are kept; each is some kilobytes of code. */
const MAX_COMPILED = 500
const compiled = new Map<string, ValidateFunction>()

/** Compiles a schema of a manifest; throws with ajv's words where it is none (2020-12). */
export function compileSchema(schema: JsonObject): ValidateFunction {
  const key = createHash('sha256').update(JSON.stringify(schema)).digest('base64')
  const known = compiled.get(key)
  if (known !== undefined) return known
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    strict: false,
    validateFormats: true,
    code: { regExp: linearRegExp },
  })
  addFormats.default(ajv)
  const validate = ajv.compile(schema)
  if (compiled.size >= MAX_COMPILED) compiled.delete(compiled.keys().next().value!)
  compiled.set(key, validate)
  return validate
}

/** The value with the schema's defaults filled in, and what is wrong with it. The given value is left as it is. */
export function applySchema(
  schema: JsonObject,
  value: JsonValue,
): { value: JsonValue; mistakes: SchemaMistake[] } {
  const validate = compileSchema(schema)
  const filled = structuredClone(value)
  const mistakes = validate(filled) ? [] : (validate.errors ?? []).map(toMistake)
  return { value: filled, mistakes }
}

function toMistake(error: ErrorObject): SchemaMistake {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer)
  const extra: unknown = error.params['additionalProperty']
  const what = typeof extra === 'string' ? ` ("${extra}")` : ''
  return { path, message: `${error.message ?? 'is not valid'}${what}` }
}

/** RFC 6901, 4. */
function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}
