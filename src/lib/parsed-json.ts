import { z } from 'zod'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

/**
 * Any value of what `JSON.parse` gave, for schemas of the whole. `z.json()` walks it once more to find that out, and takes
 * 30 to 60 ms for a megabyte that was parsed in 3, while nothing else is answered.
 */
export const parsedJson = z.custom<JsonValue>((value) => value !== undefined)

/** The same where it is to be an object. */
export const parsedObject = z.custom<JsonObject>(isJsonObject)
