import { Prisma } from '../../generated/prisma/client.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { prefixEnd } from '../../lib/prefix-end.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import { KIND_END, keyValue } from './key-value.ts'
import { isDocumentId, type Place } from './stored-document.ts'

/** Conditions of one filter: each is one look into an index. */
const MAX_CONDITIONS = 32
/** Filters within filters. */
const MAX_DEPTH = 5
/** Values of one `in`. */
const MAX_VALUES = 100

const COMPARED = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/**
 * A filter as SQL that selects the ids of documents (as `document_id`), by indexes alone; null for one that asks for nothing.
 *
 * `{ sku: { prefix: 'A-' }, or: [{ price: { gt: 10 } }, { price: { eq: null } }] }`: what stands side by side must all hold.
 *
 * @throws {CapabilityError} BAD_FILTER; NOT_INDEXED for a field that is no index of the collection
 */
export function filterSql(place: Place, fields: readonly string[], where: JsonValue): Prisma.Sql | null {
  let conditions = 0
  return whole(where, 0)

  function whole(filter: JsonValue, depth: number): Prisma.Sql | null {
    if (!isJsonObject(filter)) throw bad('a filter is an object')
    if (depth > MAX_DEPTH) throw bad(`it is deeper than ${MAX_DEPTH} filters`)
    const parts = Object.entries(filter).flatMap(([name, value]) => {
      if (name === 'and' || name === 'or') return junction(name, value, depth)
      return conditionsOf(name, value)
    })
    return joined(parts, ' intersect ')
  }

  function junction(name: 'and' | 'or', value: JsonValue, depth: number): Prisma.Sql[] {
    if (!Array.isArray(value) || value.length === 0) throw bad(`"${name}" takes a list of filters`)
    const parts = value.map((part) => whole(part, depth + 1))
    const asking = parts.filter((part) => part !== null)
    // One alternative that asks for nothing is all documents.
    if (name === 'or' && asking.length < parts.length) return []
    const sql = joined(asking, name === 'or' ? ' union ' : ' intersect ')
    return sql === null ? [] : [sql]
  }

  function conditionsOf(field: string, value: JsonValue): Prisma.Sql[] {
    if (field !== 'id' && !fields.includes(field)) throw notIndexed(field, fields)
    if (!isJsonObject(value) || Object.keys(value).length === 0)
      throw bad(`"${field.slice(0, 128)}" takes conditions, such as { eq: 1 }`)
    conditions += Object.keys(value).length
    if (conditions > MAX_CONDITIONS) throw bad(`it has more than ${MAX_CONDITIONS} conditions`)
    return Object.entries(value).map(([operator, operand]) =>
      field === 'id' ? idSql(place, operator, operand) : fieldSql(place, field, operator, operand),
    )
  }
}

/** NOT_INDEXED, with what one can find by. */
export function notIndexed(field: string, fields: readonly string[]): CapabilityError {
  const known = ['id', ...fields].map((name) => `"${name}"`).join(', ')
  const message = `"${field.slice(0, 128)}" is no index of the collection: it has ${known}.`
  return new CapabilityError('NOT_INDEXED', message)
}

function joined(parts: readonly Prisma.Sql[], between: string): Prisma.Sql | null {
  if (parts.length === 0) return null
  return Prisma.sql`(${Prisma.join([...parts], `)${between}(`)})`
}

function fieldSql(place: Place, field: string, operator: string, operand: JsonValue): Prisma.Sql {
  const { organizationId, pluginId, collection } = place
  return Prisma.sql`select document_id from collection_key
    where organization_id = ${organizationId}::uuid and plugin_id = ${pluginId}::uuid
      and collection = ${collection} and field = ${field} and ${valueSql(operator, operand)}`
}

function valueSql(operator: string, operand: JsonValue): Prisma.Sql {
  if (operator === 'eq') return Prisma.sql`value = ${keyOf(operand)}`
  if (operator === 'in') return Prisma.sql`value = any(${listOf(operand).map(keyOf)})`
  if (operator === 'prefix') {
    if (typeof operand !== 'string') throw bad('"prefix" takes a text')
    const from = keyOf(operand)
    return Prisma.sql`value >= ${from} and value < ${prefixEnd(from)}`
  }
  const [sign, key] = [signOf(operator), keyOf(operand)]
  if (typeof operand !== 'number' && typeof operand !== 'string')
    throw bad(`"${operator}" takes a number or a text`)
  // Of the same kind alone: nothing is greater than every number.
  const kind = typeof operand as 'number' | 'string'
  const [from, to] = [kind === 'number' ? '3' : KIND_END.number, KIND_END[kind]]
  return Prisma.sql`value ${sign} ${key} and value >= ${from} and value < ${to}`
}

function idSql(place: Place, operator: string, operand: JsonValue): Prisma.Sql {
  const { organizationId, pluginId, collection } = place
  return Prisma.sql`select id as document_id from collection_document
    where organization_id = ${organizationId}::uuid and plugin_id = ${pluginId}::uuid
      and collection = ${collection} and ${idConditionSql(operator, operand)}`
}

function idConditionSql(operator: string, operand: JsonValue): Prisma.Sql {
  if (operator === 'eq' || operator === 'in') {
    const wanted = operator === 'in' ? listOf(operand) : [operand]
    // What is no id is nobody's.
    const ids = wanted.filter((id) => typeof id === 'string' && isDocumentId(id))
    return Prisma.sql`id = any(${ids}::uuid[])`
  }
  if (operator === 'prefix' || typeof operand !== 'string' || !isDocumentId(operand))
    throw bad(`"${operator.slice(0, 20)}" cannot be asked of ids so`)
  return Prisma.sql`id ${signOf(operator)} ${operand}::uuid`
}

function signOf(operator: string): Prisma.Sql {
  if (Object.hasOwn(COMPARED, operator)) return Prisma.raw(COMPARED[operator as keyof typeof COMPARED])
  throw bad(`there is no "${operator.slice(0, 20)}": write eq, in, gt, gte, lt, lte or prefix`)
}

function listOf(operand: JsonValue): JsonValue[] {
  if (Array.isArray(operand) && operand.length <= MAX_VALUES) return operand
  throw bad(`"in" takes a list of at most ${MAX_VALUES} values`)
}

function keyOf(operand: JsonValue): string {
  const key = keyValue(operand)
  if (key !== null) return key
  throw bad('values are texts, numbers, true, false or null')
}

function bad(why: string): CapabilityError {
  return new CapabilityError('BAD_FILTER', `The filter cannot be used: ${why}.`)
}
