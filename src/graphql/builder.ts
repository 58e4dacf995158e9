import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import type { JsonValue } from '../lib/json.ts'
import type PrismaTypes from '../generated/pothos-types.ts'
import { getDatamodel } from '../generated/pothos-types.ts'
import type { Context } from './context.ts'
import { notFound } from '../lib/errors.ts'
import './loaded-columns.ts'
import { checkNodeType, decodeGlobalId, encodeGlobalId } from './global-id.ts'
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
      resolve: async (_root, { id }, _context, _info, resolveNode) => {
        checkNodeType(id.typename)
        return (await resolveNode(id)) ?? missing(id.typename)
      },
    },
    nodesQueryOptions: {
      description:
        'Objects by their global ids, in their order; null and an error for each that is not found.',
      resolve: async (_root, { ids }, _context, _info, resolveNodes) => {
        for (const { typename } of ids) checkNodeType(typename)
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

function missing(typename: string): never {
  throw notFound(typename)
}
