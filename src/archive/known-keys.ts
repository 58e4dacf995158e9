import { z } from 'zod'
import { isJsonObject, type JsonValue } from '../lib/json.ts'

/** For each place of an object the keys that are read there; in places `*` stands for any index or key of one's own. */
export type KnownKeys = Readonly<Record<string, readonly string[]>>

/** The keys that a schema reads. Objects that may hold anything have no place in it. */
export function knownKeys(schema: z.ZodType): KnownKeys {
  const keys: Record<string, string[]> = {}
  collect(z.toJSONSchema(schema, { io: 'input' }) as JsonValue, [], keys)
  return keys
}

function collect(schema: JsonValue | undefined, place: string[], keys: Record<string, string[]>): void {
  if (!isJsonObject(schema)) return
  const { properties, additionalProperties, items, anyOf } = schema
  collect(items, [...place, '*'], keys)
  for (const choice of Array.isArray(anyOf) ? anyOf : []) collect(choice, place, keys)
  if (isJsonObject(additionalProperties)) {
    collect(additionalProperties, [...place, '*'], keys)
  } else if (isJsonObject(properties)) {
    keys[place.join('.')] = Object.keys(properties)
    for (const [key, child] of Object.entries(properties)) collect(child, [...place, key], keys)
  }
}
