import type { ErrorObject } from 'ajv/dist/2020.js'
import type { JsonValue } from '../../lib/json.ts'
import { BudgetSpent } from './budget.ts'
import type { PreparedSchema } from './prepare-schema.ts'

/** A value is not what its JSON Schema asks for. */
export interface SchemaMistake {
  /** Keys from the root to the value. */
  path: string[]
  message: string
  /** Something that is required is not there; the path is of the object that lacks it. */
  missing?: true
}

/**
 * The value with the schema's defaults filled in, and what is wrong with it, by a part of the schema that is given as
 * URI fragment (`#/properties/a`; `#` is the whole), so that references of the whole are known. The given value is
 * left as it is.
 */
export function applyCompiled(
  schema: PreparedSchema,
  pointer: string,
  value: JsonValue,
): { value: JsonValue; mistakes: SchemaMistake[] } {
  const validate = schema.validator(pointer)
  const filled = structuredClone(value)
  schema.budget.reset()
  try {
    const mistakes = validate(filled) ? [] : (validate.errors ?? []).map(toMistake)
    return { value: filled, mistakes }
  } catch (error) {
    // A schema that refers to itself on the same value ends with the stack instead of the budget.
    if (!(error instanceof BudgetSpent) && !(error instanceof RangeError)) throw error
    return { value: filled, mistakes: [{ path: [], message: 'takes too long to check against its schema' }] }
  }
}

function toMistake(error: ErrorObject): SchemaMistake {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer)
  const extra: unknown = error.params['additionalProperty']
  const what = typeof extra === 'string' ? ` ("${extra}")` : ''
  const mistake = { path, message: `${error.message ?? 'is not valid'}${what}` }
  return error.keyword === 'required' ? { ...mistake, missing: true } : mistake
}

/** RFC 6901, 4. */
function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}
