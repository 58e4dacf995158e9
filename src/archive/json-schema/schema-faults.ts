import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { messageOf } from '../../lib/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { jsonPointer } from '../json/scan-json.ts'
import { printable, quote } from '../quote.ts'
import { applyCompiled } from './apply-compiled.ts'
import { compilePattern } from './linear-regexp.ts'
import { prepareSchema } from './prepare-schema.ts'
import { walkSchema } from './walk-schema.ts'

/** What is wrong with a schema. */
export interface SchemaFault {
  /** Keys from the schema's root. */
  at: string[]
  message: string
}

const DRAFT = 'https://json-schema.org/draft/2020-12/schema'
/** Schemas within one; the largest of real settings have 200, and compiling takes 0.2 ms for each. */
const MAX_SUBSCHEMAS = 1_000
/** Defaults within one schema, each of which is compiled for itself. */
const MAX_DEFAULTS = 250

/** The first thing that is wrong with a schema, apart from its defaults. */
export function schemaFault(schema: JsonObject): SchemaFault | null {
  const faults = [...shapeFaults(schema), ...referenceFaults(schema), ...patternFaults(schema)]
  return faults[0] ?? null
}

/** Whether it is a JSON Schema 2020-12 as such, of a size that can be compiled. */
export function* shapeFaults(schema: JsonObject): Generator<SchemaFault> {
  const dialect = schema['$schema']
  if (dialect !== undefined && dialect !== DRAFT && dialect !== `${DRAFT}#`) {
    const message = `The schema is written for another draft than 2020-12. Port it, then write "$schema": "${DRAFT}" or nothing.`
    yield { at: ['$schema'], message }
    return
  }
  const subschemas = [...walkSchema(schema)]
  if (subschemas.length > MAX_SUBSCHEMAS) {
    const message = `The schema has ${subschemas.length} schemas in it, more than ${MAX_SUBSCHEMAS}. Ask for less, or in other ways.`
    yield { at: [], message }
    return
  }
  for (const { schema: subschema, at } of subschemas) {
    for (const keyword of ['$id', '$anchor', '$dynamicAnchor'].filter((it) => Object.hasOwn(subschema, it))) {
      if (keyword === '$id' && at.length === 0) continue
      const message = `${quote(keyword)} gives a part of the schema an address of its own. Remove it, and refer to the part as "#/$defs/…".`
      yield { at: [...at, keyword], message }
    }
  }
  for (const { instancePath, message, params } of metaschemaErrors(schema)) {
    const allowed: unknown = params['allowedValues']
    const values = Array.isArray(allowed) ? ` (${allowed.map(String).join(', ')})` : ''
    const at = instancePath.split('/').slice(1)
    const where = at.length === 0 ? 'The schema' : quote(at.join('.'))
    yield {
      at,
      message: `${where} is no JSON Schema 2020-12: it ${printable(message ?? 'is wrong')}${values}. Correct it.`,
    }
  }
}

let metaschema: Ajv2020 | undefined

/** Ajv's own, made once: it takes 30 ms. It stops at the first mistake of each kind. */
function metaschemaErrors(schema: JsonObject): ErrorObject[] {
  metaschema ??= new Ajv2020({ strict: false, logger: false })
  return metaschema.validate(DRAFT, schema) ? [] : (metaschema.errors ?? []).slice(0, 1)
}

/** References that lead elsewhere than to a schema within this one. */
export function* referenceFaults(schema: JsonObject): Generator<SchemaFault> {
  const known = new Set([...walkSchema(schema)].map(({ at }) => jsonPointer(at)))
  for (const { schema: subschema, at } of walkSchema(schema)) {
    for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
      const target = subschema[keyword]
      if (typeof target !== 'string') continue
      const place = [...at, keyword]
      if (keyword !== '$ref') {
        yield { at: place, message: `${quote(keyword)} is not supported. Write "$ref": "#/$defs/…".` }
      } else if (!target.startsWith('#')) {
        const message = `${quote(target)} lies outside of the manifest, and nothing is fetched. Copy it to "$defs" and write "#/$defs/…".`
        yield { at: place, message }
      } else if (!known.has(fragmentOf(target))) {
        yield {
          at: place,
          message: `${quote(target)} leads to no schema in this one. Correct it, e.g. "#/$defs/…".`,
        }
      }
    }
  }
}

/** The JSON Pointer of a URI fragment; a broken escape leads nowhere. */
function fragmentOf(reference: string): string {
  try {
    return decodeURIComponent(reference.slice(1))
  } catch {
    return reference
  }
}

/** Patterns that cannot be matched in linear time, or not at all. */
export function* patternFaults(schema: JsonObject): Generator<SchemaFault> {
  for (const { schema: subschema, at } of walkSchema(schema)) {
    const { pattern, patternProperties } = subschema
    if (typeof pattern === 'string') yield* patternFault(pattern, [...at, 'pattern'])
    if (!isJsonObject(patternProperties)) continue
    for (const key of Object.keys(patternProperties))
      yield* patternFault(key, [...at, 'patternProperties', key])
  }
}

function* patternFault(pattern: string, at: string[]): Generator<SchemaFault> {
  try {
    compilePattern(pattern)
  } catch (error) {
    yield { at, message: `The pattern ${quote(pattern)} ${printable(messageOf(error))}.` }
  }
}

/**
 * Defaults, at any depth, that their own schema refuses. Only asked of a schema that has no other fault. What is
 * required at the root need not have a default: sites give it.
 */
export function* defaultFaults(schema: JsonObject): Generator<SchemaFault> {
  const withDefault = [...walkSchema(schema)].filter(({ schema: subschema }) =>
    Object.hasOwn(subschema, 'default'),
  )
  if (withDefault.length > MAX_DEFAULTS) {
    yield {
      at: [],
      message: `The schema has ${withDefault.length} defaults, more than ${MAX_DEFAULTS}. Remove some.`,
    }
    return
  }
  const whole = prepareSchema({ ...schema, required: [] })
  try {
    whole.validator('#')
  } catch (error) {
    yield { at: [], message: `The schema cannot be used: ${printable(messageOf(error))}. Correct it.` }
    return
  }
  let areSound = true
  for (const { at, schema: subschema } of withDefault) {
    const { mistakes } = applyCompiled(whole, fragment(at), subschema['default'] as JsonValue)
    for (const { path, message } of mistakes) {
      areSound = false
      const name = quote([...at, 'default', ...path].join('.'))
      yield {
        at: [...at, 'default'],
        message: `The default ${name} ${printable(message)}, by its own schema. Change one of them.`,
      }
    }
  }
  if (!areSound || withDefault.some(({ at }) => at.length === 0)) return
  const { mistakes } = applyCompiled(whole, '#', {})
  for (const { path, message } of mistakes) {
    const where = path.length === 0 ? '' : ` (at ${quote(path.join('.'))})`
    yield {
      at: [],
      message: `What all defaults make together${where} ${printable(message)}. Change them, or the schema.`,
    }
  }
}

function fragment(at: string[]): string {
  return `#${jsonPointer(at).split('/').map(encodeURIComponent).join('/')}`
}
