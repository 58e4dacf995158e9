import type { JsonObject, JsonValue } from '../lib/json.ts'
import { applyCompiled, type SchemaMistake } from './json-schema/apply-compiled.ts'
import { prepareSchema } from './json-schema/prepare-schema.ts'
import { schemaFault } from './json-schema/schema-faults.ts'

/** Makes sure that it is a JSON Schema 2020-12 which we can use. @throws Error in words for its author */
export function compileSchema(schema: JsonObject): void {
  const fault = schemaFault(schema)
  if (fault !== null) throw new Error(fault.message.replace(/\.$/, ''))
  prepareSchema(schema).validator('#')
}

/**
 * The value with the schema's defaults filled in, and what is wrong with it. The given value is left as it is. Throws
 * where the schema is none: the manifest's checks refuse those.
 */
export function applySchema(
  schema: JsonObject,
  value: JsonValue,
): { value: JsonValue; mistakes: SchemaMistake[] } {
  return applyCompiled(prepareSchema(schema), '#', value)
}
