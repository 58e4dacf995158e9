import {
  getNamedType,
  isEnumType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql'
import { schema } from '../../../src/schema.ts'

/** Lists are asked for one level deep below what a field gives, so that costs stay within a request's budget. */
const DEPTH = 3

/** Everything of a type that can be selected without arguments, as deep as one request may go; '' for scalars. */
export function selectionOf(type: GraphQLNamedType, depth = DEPTH, within: readonly string[] = []): string {
  if (isScalarType(type) || isEnumType(type)) return ''
  if (isUnionType(type) || isInterfaceType(type)) {
    const parts = schema.getPossibleTypes(type).map((possible) => {
      // By names of their own, since fields of one name differ in type; only texts, since aliases are limited.
      const fields = Object.values(possible.getFields()).filter((field) => isText(field) && depth > 1)
      const named = fields.map(({ name }) => `${possible.name}_${name}: ${name}`)
      return `... on ${possible.name} { id ${named.join(' ')} }`
    })
    return `{ __typename ${parts.join(' ')} }`
  }
  if (!isObjectType(type)) return ''
  const path = [...within, type.name]
  const parts = Object.values(type.getFields()).flatMap((field) => fieldOf(field, depth, path))
  return `{ __typename ${parts.join(' ')} }`
}

function isText(field: GraphQLField<unknown, unknown>): boolean {
  const named = ['String', 'JSON'].includes(getNamedType(field.type).name)
  return named && !field.args.some((arg) => isNonNullType(arg.type))
}

function fieldOf(field: GraphQLField<unknown, unknown>, depth: number, path: readonly string[]): string[] {
  if (field.args.some((arg) => isNonNullType(arg.type))) return []
  const type = getNamedType(field.type)
  if (isScalarType(type) || isEnumType(type)) return [field.name]
  // What edges hold, nodes hold too.
  if (depth === 0 || field.name === 'edges') return []
  // A page within a page multiplies; what is listed inside objects is asked for by the types' own queries.
  if (type.name.endsWith('Connection'))
    return depth === DEPTH ? [`${field.name} { totalCount nodes { id } }`] : []
  // What refers to its own kind: the same is asked of that above.
  if (path.includes(type.name)) return [`${field.name} { id }`]
  const selection = selectionOf(type, depth - 1, path)
  return selection === '{ __typename  }' ? [] : [`${field.name} ${selection}`]
}
