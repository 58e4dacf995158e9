import { types, type CustomTypesConfig } from 'pg'
import type { JsonValue } from '../lib/json.ts'

/** How values of PostgreSQL are told in JSON, by the type's oid; what is not here stays as PostgreSQL writes it. */
const READERS = new Map<number, (text: string) => JsonValue>([
  [types.builtins.BOOL, (text) => text === 't'],
  [types.builtins.INT2, Number],
  [types.builtins.INT4, Number],
  [types.builtins.OID, Number],
  [types.builtins.INT8, readBigint],
  [types.builtins.FLOAT4, readFloat],
  [types.builtins.FLOAT8, readFloat],
  [types.builtins.JSON, readJson],
  [types.builtins.JSONB, readJson],
  [types.builtins.TIMESTAMP, readTime],
  [types.builtins.TIMESTAMPTZ, readTime],
  [types.builtins.BYTEA, readBytes],
])

/** `bool[]` and so on: an array's type, and its elements'. */
const ARRAYS: readonly [array: number, element: number][] = [
  [1000, types.builtins.BOOL],
  [1001, types.builtins.BYTEA],
  [1005, types.builtins.INT2],
  [1007, types.builtins.INT4],
  [1009, types.builtins.TEXT],
  [1015, types.builtins.VARCHAR],
  [1016, types.builtins.INT8],
  [1021, types.builtins.FLOAT4],
  [1022, types.builtins.FLOAT8],
  [1115, types.builtins.TIMESTAMP],
  [1182, types.builtins.DATE],
  [1185, types.builtins.TIMESTAMPTZ],
  [1231, types.builtins.NUMERIC],
  [199, types.builtins.JSON],
  [2951, types.builtins.UUID],
  [3807, types.builtins.JSONB],
]

/** Of `text[]`, for which pg has no name. */
const TEXTS = 1009 as typeof types.builtins.TEXT
const readTexts = types.getTypeParser(TEXTS, 'text') as (text: string) => Texts
for (const [array, element] of ARRAYS) {
  const read = READERS.get(element) ?? String
  READERS.set(array, (text) => readEach(readTexts(text), read))
}

/**
 * Readers for pg under which every value is one that JSON can hold: `bigint` a number where that is exact and its digits as text
 * else, `numeric` its digits, times in ISO 8601, `bytea` in base64, JSON as it is, arrays as arrays.
 */
export const jsonTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number) => READERS.get(oid) ?? String) as CustomTypesConfig['getTypeParser'],
}

/** An array of any number of dimensions. */
type Texts = (string | null | Texts)[]

function readEach(items: Texts, read: (text: string) => JsonValue): JsonValue {
  return items.map((item) => (Array.isArray(item) ? readEach(item, read) : item === null ? null : read(item)))
}

function readBigint(text: string): JsonValue {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : text
}

/** NaN and the infinities are no numbers of JSON. */
function readFloat(text: string): JsonValue {
  const number = Number(text)
  return Number.isFinite(number) ? number : text
}

function readJson(text: string): JsonValue {
  return JSON.parse(text) as JsonValue
}

/** `2026-11-21 13:40:00.123+00`; what is no such time (`infinity`, years before ours) stays as it is. */
function readTime(text: string): JsonValue {
  const time = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?$/.exec(text)
  return time === null ? text : `${time[1]}T${time[2]}${time[3] === undefined ? '' : 'Z'}`
}

function readBytes(text: string): JsonValue {
  return text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex').toString('base64') : text
}
