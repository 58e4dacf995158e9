import { RequestError } from '../lib/errors.ts'
import { isJsonObject, type JsonValue } from '../lib/json.ts'

/** Conditions that a JSON column holds each of these entries; BAD_USER_INPUT where what is asked for is no object. */
export function jsonContains(
  column: string,
  wanted: JsonValue | null | undefined,
): Record<string, unknown>[] {
  if (wanted === null || wanted === undefined) return []
  if (!isJsonObject(wanted)) {
    throw new RequestError('BAD_USER_INPUT', `\`${column}\` is an object, e.g. {"env": "production"}.`)
  }
  return Object.entries(wanted).map(([key, value]) => ({ [column]: { path: [key], equals: value } }))
}
