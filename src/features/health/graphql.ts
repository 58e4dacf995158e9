import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { NEWEST_FIRST, parsePage } from '../../graphql/page.ts'
import { HealthStatusEnum } from '../installations/graphql.ts'
import { countSamples, decodeSampleCursor, encodeSampleCursor, historyLoader } from './history.ts'
import type { HistoryQuery, Sample } from './history.ts'

export const HealthSampleType = builder
  .objectRef<Omit<Sample, 'id' | 'installationId'>>('HealthSample')
  .implement({
    fields: (t) => ({
      recordedAt: t.field({ type: 'DateTime', resolve: (sample) => sample.recordedAt }),
      status: t.field({ type: HealthStatusEnum, resolve: (sample) => sample.status }),
      errorCount: t.exposeInt('errorCount'),
      warningCount: t.exposeInt('warningCount'),
      avgExecutionTime: t.exposeFloat('avgExecutionTime', { nullable: true, description: 'Milliseconds.' }),
      memoryUsage: t.exposeFloat('memoryUsage', { nullable: true, description: 'MB.' }),
      cpuUsage: t.exposeFloat('cpuUsage', { nullable: true, description: 'Percent of one core.' }),
      invocations: t.exposeInt('invocations'),
    }),
  })

interface Page {
  installationId: string
  samples: Sample[]
  size: number
  resumed: boolean
  query: HistoryQuery
}

const Edge = builder.objectRef<Sample>('InstallationHealthHistoryConnectionEdge').implement({
  fields: (t) => ({
    cursor: t.string({ resolve: encodeSampleCursor }),
    node: t.field({ type: HealthSampleType, resolve: (sample) => sample }),
  }),
})

const HistoryConnection = builder.objectRef<Page>('InstallationHealthHistoryConnection').implement({
  fields: (t) => ({
    edges: t.field({ type: [Edge], complexity: { field: 1, multiplier: 1 }, resolve: shown }),
    nodes: t.field({ type: [HealthSampleType], complexity: { field: 1, multiplier: 1 }, resolve: shown }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      resolve: (page) => {
        const samples = shown(page)
        return {
          hasNextPage: page.samples.length > page.size,
          hasPreviousPage: page.resumed,
          startCursor: samples[0] ? encodeSampleCursor(samples[0]) : null,
          endCursor: samples.at(-1) ? encodeSampleCursor(samples.at(-1)!) : null,
        }
      },
    }),
    totalCount: t.int({
      complexity: 10,
      resolve: (page, _args, { app }) => countSamples(app, page.installationId, page.query),
    }),
  }),
})

function shown(page: Page): Sample[] {
  return page.samples.slice(0, page.size)
}

interface Health {
  id: string
  healthStatus: HealthStatus
  healthMessage: string | null
  lastSeenAt: Date | null
}

const LATEST = Symbol('latest samples')
const HISTORY = Symbol('histories')

const InstallationHealth = builder.objectRef<Health>('InstallationHealth').implement({
  fields: (t) => ({
    status: t.field({ type: HealthStatusEnum, resolve: (health) => health.healthStatus }),
    message: t.string({ nullable: true, resolve: (health) => health.healthMessage }),
    latest: t.field({
      type: HealthSampleType,
      nullable: true,
      resolve: async ({ id }, _args, { app, loaders }) => {
        const query = { take: 1, after: null, from: null, to: null }
        const [sample] = await loaderOf(loaders, LATEST, () => historyLoader(app, query)).load(id)
        return sample ?? null
      },
    }),
    history: t.field({
      type: HistoryConnection,
      description: 'Newest first.',
      args: {
        first: t.arg.int(),
        after: t.arg.string(),
        from: t.arg({ type: 'DateTime' }),
        to: t.arg({ type: 'DateTime' }),
      },
      complexity: (args) => ({ field: 1, multiplier: Math.max(1, args.first ?? 20) }),
      resolve: ({ id }, args, context) => loadHistory(id, args, context),
    }),
    lastSeenAt: t.field({ type: 'DateTime', nullable: true, resolve: (health) => health.lastSeenAt }),
  }),
})

interface HistoryArgs {
  first?: number | null | undefined
  after?: string | null | undefined
  from?: Date | null | undefined
  to?: Date | null | undefined
}

async function loadHistory(installationId: string, args: HistoryArgs, context: Context): Promise<Page> {
  const { size } = parsePage({ first: args.first }, NEWEST_FIRST)
  const after = args.after ? decodeSampleCursor(args.after) : null
  // One more tells of a next page. No plan hangs on the number, as it does with Prisma: it is a parameter of our own SQL.
  const query: HistoryQuery = { take: size + 1, after, from: args.from ?? null, to: args.to ?? null }
  // Installations of one list ask the same: they share a loader, and so a query.
  const loaders = loaderOf(
    context.loaders,
    HISTORY,
    () => new Map<string, ReturnType<typeof historyLoader>>(),
  )
  const key = JSON.stringify(query)
  const loader = loaders.get(key) ?? historyLoader(context.app, query)
  loaders.set(key, loader)
  return { installationId, samples: await loader.load(installationId), size, resumed: after !== null, query }
}

builder.prismaObjectField('Installation', 'health', (t) =>
  t.field({
    type: InstallationHealth,
    select: { id: true, healthStatus: true, healthMessage: true, lastSeenAt: true },
    resolve: (row) => row,
  }),
)
