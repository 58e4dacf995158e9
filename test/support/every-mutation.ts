import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql'
import { newId } from '../../src/lib/ids.ts'
import { encodeGlobalId } from '../../src/graphql/global-id.ts'
import { schema } from '../../src/schema.ts'

/** A mutation of the graph with an input that passes its types, whatever it may mean. */
export interface AnyMutation {
  name: string
  document: string
  variables: { input?: Record<string, unknown> }
}

/** Ids by the type of the graph, e.g. `Site`; of what is missing here, ids of nothing are made. */
export type Ids = Readonly<Record<string, string>>

/** Every mutation that there is, with all fields of its input filled: new ones are among them by themselves. */
export function everyMutation(ids: Ids = {}): AnyMutation[] {
  return Object.values(schema.getMutationType()!.getFields()).map(({ name, args }) => {
    const arg = args.find((it) => it.name === 'input')
    if (arg === undefined) return { name, document: `mutation { ${name} { __typename } }`, variables: {} }
    const type = getNamedType(arg.type) as GraphQLInputObjectType
    return {
      name,
      document: `mutation ($input: ${type.name}!) { ${name}(input: $input) { userErrors { code } } }`,
      variables: { input: inputOf(type, ids) },
    }
  })
}

function inputOf(type: GraphQLInputObjectType, ids: Ids): Record<string, unknown> {
  const fields = Object.values(type.getFields()).filter(
    // No file travels as JSON; a key would make the second walk a repeat of the first.
    (field) => getNamedType(field.type).name !== 'File' && field.name !== 'idempotencyKey',
  )
  return Object.fromEntries(fields.map((field) => [field.name, valueOf(field.name, field.type, ids)]))
}

function valueOf(name: string, type: GraphQLInputType, ids: Ids): unknown {
  if (isNonNullType(type)) return valueOf(name, type.ofType, ids)
  if (isListType(type)) return [valueOf(name, type.ofType, ids)]
  if (isInputObjectType(type)) return inputOf(type, ids)
  if (isEnumType(type)) return type.getValues()[0]!.name
  if (isScalarType(type) && type.name === 'ID') return idFor(name, ids)
  return SCALARS[type.name] ?? 'x'
}

const SCALARS: Readonly<Record<string, unknown>> = {
  Int: 1,
  Float: 1,
  Boolean: true,
  DateTime: '2030-01-01T00:00:00Z',
  JSON: {},
  SemVer: '1.0.0',
  SemVerRange: '^1.0.0',
}

/** `siteId`, `siteIds` → Site; `replacementPluginId` → Plugin. */
function idFor(field: string, ids: Ids): string {
  const label = field.replace(/Ids?$/, '')
  const types = [...new Set([...Object.keys(ids), ...TYPES])]
  const type = types
    .filter((it) => label.toLowerCase().endsWith(it.toLowerCase()))
    .toSorted((a, b) => b.length - a.length)[0]
  return (type === undefined ? undefined : ids[type]) ?? encodeGlobalId(type ?? 'Site', newId())
}

const TYPES = [
  'Organization',
  'Site',
  'User',
  'ApiKey',
  'Registry',
  'Plugin',
  'Package',
  'PublisherKey',
  'Installation',
  'SettingsRevision',
  'License',
  'Deployment',
  'Webhook',
]
