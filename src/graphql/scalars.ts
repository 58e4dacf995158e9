import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql'
import semver from 'semver'
import type { JsonValue } from '../lib/json.ts'

/** Longer ones are no versions of anything. */
const MAX_VERSION_LENGTH = 256
const MAX_RANGE_LENGTH = 512
/** JSON input deeper than this is an attack on whoever walks it. */
const MAX_JSON_DEPTH = 32

export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'A point in time, RFC 3339, UTC.',
  serialize(value) {
    if (value instanceof Date) return value.toISOString()
    throw new GraphQLError('DateTime serializes Date values.')
  },
  parseValue: parseDateTime,
  parseLiteral(node) {
    if (node.kind !== Kind.STRING) throw badInput('A DateTime is a string, e.g. "2026-01-31T12:00:00Z".')
    return parseDateTime(node.value)
  },
})

export const JsonScalar = new GraphQLScalarType<JsonValue, unknown>({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => checkedJson(value),
  parseLiteral: (node, variables) => checkedJson(valueFromASTUntyped(node, variables)),
})

export const SemVerScalar = new GraphQLScalarType<string, string>({
  name: 'SemVer',
  description: 'A version as semver.org 2.0 writes it, e.g. 1.4.0-rc.1.',
  serialize: String,
  parseValue: parseVersion,
  parseLiteral: (node) => parseVersion(node.kind === Kind.STRING ? node.value : undefined),
})

export const SemVerRangeScalar = new GraphQLScalarType<string, string>({
  name: 'SemVerRange',
  description: 'A range of versions as node-semver reads it, e.g. ^2.0.0 or >=1.4 <3.',
  serialize: String,
  parseValue: parseRange,
  parseLiteral: (node) => parseRange(node.kind === Kind.STRING ? node.value : undefined),
})

export const FileScalar = new GraphQLScalarType<File, never>({
  name: 'File',
  description: 'A file of a multipart request (graphql-multipart-request-spec).',
  serialize() {
    throw new GraphQLError('File is for input only.')
  },
  parseValue(value) {
    if (isFile(value)) return value
    throw badInput('A File is sent as a part of a multipart request, and named in its `map`.')
  },
  parseLiteral() {
    throw badInput('A File is sent as a variable of a multipart request.')
  },
})

/** The server's multipart parser has a File class of its own, so what counts is what it can do. */
export function isFile(value: unknown): value is File {
  return (
    typeof value === 'object' &&
    value !== null &&
    'arrayBuffer' in value &&
    typeof value.arrayBuffer === 'function'
  )
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/

function parseDateTime(value: unknown): Date {
  if (typeof value !== 'string' || !RFC3339.test(value)) {
    throw badInput('A DateTime is RFC 3339 text, e.g. "2026-01-31T12:00:00Z".')
  }
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) throw badInput('This DateTime names no real point in time.')
  return date
}

function parseVersion(value: unknown): string {
  const valid = typeof value === 'string' && value.length <= MAX_VERSION_LENGTH ? semver.parse(value) : null
  if (valid === null) throw badInput('A SemVer is a full version, e.g. "1.4.0".')
  return valid.raw
}

function parseRange(value: unknown): string {
  if (typeof value === 'string' && value.length <= MAX_RANGE_LENGTH && semver.validRange(value) !== null)
    return value
  throw badInput('A SemVerRange is a range of versions, e.g. "^2.0.0" or ">=1.4 <3".')
}

function checkedJson(value: unknown, depth = 0): JsonValue {
  if (depth > MAX_JSON_DEPTH) throw badInput(`JSON values are nested at most ${MAX_JSON_DEPTH} deep.`)
  if (Array.isArray(value)) return value.map((item) => checkedJson(item, depth + 1))
  if (typeof value === 'object' && value !== null) return checkedObject(value, depth)
  if (typeof value === 'string') {
    // PostgreSQL's jsonb can hold neither U+0000 nor half a surrogate pair.
    if (value.includes('\0') || !value.isWellFormed())
      throw badInput('JSON text holds no NUL and no lone surrogate.')
    return value
  }
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return value
  throw badInput('This is not a JSON value.')
}

function checkedObject(value: object, depth: number): JsonValue {
  const entries = Object.entries(value)
  for (const [key] of entries) {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') {
      throw badInput(`The key "${key}" is refused in JSON values.`)
    }
    checkedJson(key, depth)
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, checkedJson(item, depth + 1)]))
}

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}
