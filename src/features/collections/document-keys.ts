import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import { keyValue, MAX_KEY_BYTES, NULL_KEY } from './key-value.ts'

/** By what a document is found, as a row of `collection_key` says it. */
export interface DocumentKey {
  field: string
  value: string
}

/**
 * The keys of a document for these fields; what it lacks is null.
 *
 * @throws {CapabilityError} INVALID_DOCUMENT for a value that nothing can be found by
 */
export function documentKeys(document: JsonObject, fields: readonly string[]): DocumentKey[] {
  return fields.map((field) => {
    const value = keyValue(valueAt(document, field))
    if (value !== null) return { field, value }
    const wanted = `a text of at most ${MAX_KEY_BYTES} bytes, a number, true, false or null`
    throw new CapabilityError('INVALID_DOCUMENT', `"${field}" is an index, so it must be ${wanted}.`)
  })
}

/** The same for a document of another version: what nothing can be found by is null. */
export function documentKeysAsFound(document: JsonObject, fields: readonly string[]): DocumentKey[] {
  return fields.map((field) => ({ field, value: keyValue(valueAt(document, field)) ?? NULL_KEY }))
}

function valueAt(document: JsonObject, field: string): JsonValue | undefined {
  return Object.hasOwn(document, field) ? document[field] : undefined
}
