import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import PrismaPlugin, { queryFromInfo } from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import type { GraphQLResolveInfo } from 'graphql'
import type { JsonValue } from '../lib/json.ts'
import type PrismaTypes from '../generated/pothos-types.ts'
import { getDatamodel } from '../generated/pothos-types.ts'
import type { Context } from './context.ts'
import { notFound, RequestError } from '../lib/errors.ts'
import './loaded-columns.ts'
import { checkNodeType, decodeGlobalId, encodeGlobalId } from './global-id.ts'
import { countNodes } from './great-columns.ts'
import { MAX_PAGE_SIZE } from './page.ts'
import { DateTimeScalar, FileScalar, JsonScalar, SemVerRangeScalar, SemVerScalar } from './scalars.ts'

/** With it every type of the graph is made; `schema.ts` puts them together. */
export const builder = new SchemaBuilder<{
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  DefaultInputFieldRequiredness: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: JsonValue; Output: unknown }
    SemVer: { Input: string; Output: string }
    SemVerRange: { Input: string; Output: string }
    File: { Input: File; Output: never }
  }
}>({
  plugins: [ComplexityPlugin, RelayPlugin, 'loadedColumns', PrismaPlugin],
  defaultFieldNullability: false,
  // Counted before execution, where the server refuses what costs too much.
  complexity: { disabled: true, defaultListMultiplier: 5 },
  relay: {
    encodeGlobalID: (typename, id) => encodeGlobalId(typename, String(id)),
    decodeGlobalID: (globalId) => decodeGlobalId(globalId),
    nodeQueryOptions: {
      description: 'Any object by its global id; NOT_FOUND where there is none, or none that you may see.',
      resolve: async (_root, { id }, context, info, resolveNode) => {
        checkNodes(context, info, [id.typename])
        return (await resolveNode(id)) ?? missing(id.typename)
      },
    },
    nodesQueryOptions: {
      description:
        'Objects by their global ids, at most 100, in their order; null and an error for each that is not found.',
      resolve: async (_root, { ids }, context, info, resolveNodes) => {
        checkNodes(
          context,
          info,
          ids.map(({ typename }) => typename),
        )
        const nodes = await resolveNodes(ids)
        return nodes.map((node, index) => node ?? Promise.reject(notFound(ids[index]!.typename)))
      },
    },
  },
  prisma: {
    client: (context) => context.app.database.prisma,
    dmmf: getDatamodel(),
    exposeDescriptions: true,
    filterConnectionTotalCount: true,
    // A resolver that drops its selection would load everything again, a field at a time.
    onUnusedQuery: 'error',
  },
})

/** What Pothos knows of the graph's types, for helpers that take its builders of fields. */
export type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never

builder.addScalarType('DateTime', DateTimeScalar)
builder.addScalarType('JSON', JsonScalar)
builder.addScalarType('SemVer', SemVerScalar)
builder.addScalarType('SemVerRange', SemVerRangeScalar)
builder.addScalarType('File', FileScalar)

builder.queryType({})
builder.mutationType({})
builder.subscriptionType({})

/** Types whose single rows may have a megabyte. */
const GREAT_NODES = { Event: 'event', Invocation: 'invocation' } as const

function checkNodes(context: Context, info: GraphQLResolveInfo, typenames: readonly string[]): void {
  if (typenames.length > MAX_PAGE_SIZE) {
    const message = `At most ${MAX_PAGE_SIZE} ids are asked for at once.`
    throw new RequestError('BAD_USER_INPUT', message)
  }
  for (const typename of typenames) checkNodeType(typename)
  for (const [typeName, model] of Object.entries(GREAT_NODES)) {
    const count = typenames.filter((it) => it === typeName).length
    if (count > 0) countNodes(context, model, queryFromInfo({ context, info, typeName }), count)
  }
}

function missing(typename: string): never {
  throw notFound(typename)
}
