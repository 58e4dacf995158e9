import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { NEWEST_FIRST, parsePage } from '../../graphql/page.ts'
import { HealthStatusEnum } from '../installations/graphql.ts'
import {
  countSamples,
  decodeSampleCursor,
  encodeSampleCursor,
  HealthResolution,
  historyLoader,
} from './history.ts'
import type { HistoryQuery, Sample } from './history.ts'
import { countSteps, rolledLoader } from './rolled-history.ts'

const ResolutionEnum = builder.enumType('HealthResolution', { values: HealthResolution })

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
  resolution: HealthResolution
}

const Edge = builder
  .objectRef<{ sample: Sample; resolution: HealthResolution }>('InstallationHealthHistoryConnectionEdge')
  .implement({
    fields: (t) => ({
      cursor: t.string({ resolve: ({ sample, resolution }) => encodeSampleCursor(sample, resolution) }),
      node: t.field({ type: HealthSampleType, resolve: ({ sample }) => sample }),
    }),
  })

const HistoryConnection = builder.objectRef<Page>('InstallationHealthHistoryConnection').implement({
  fields: (t) => ({
    edges: t.field({
      type: [Edge],
      complexity: { field: 1, multiplier: 1 },
      resolve: (page) => shown(page).map((sample) => ({ sample, resolution: page.resolution })),
    }),
    nodes: t.field({ type: [HealthSampleType], complexity: { field: 1, multiplier: 1 }, resolve: shown }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      resolve: (page) => {
        const samples = shown(page)
        const cursorOf = (sample: Sample | undefined): string | null =>
          sample === undefined ? null : encodeSampleCursor(sample, page.resolution)
        return {
          hasNextPage: page.samples.length > page.size,
          hasPreviousPage: page.resumed,
          startCursor: cursorOf(samples[0]),
          endCursor: cursorOf(samples.at(-1)),
        }
      },
    }),
    totalCount: t.int({
      complexity: 10,
      resolve: ({ installationId, query, resolution }, _args, { app }) =>
        resolution === 'RAW'
          ? countSamples(app, installationId, query)
          : countSteps(app, installationId, { ...query, step: resolution, after: null }),
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
      description:
        'Newest first. With a resolution, samples are put together by the minute, hour or day (UTC) in which they were taken: averages of gauges, sums of counters, the worst status; `from` and `to` bound its beginning. Hours and days follow within a minute and are kept longer than samples.',
      args: {
        first: t.arg.int(),
        after: t.arg.string(),
        from: t.arg({ type: 'DateTime' }),
        to: t.arg({ type: 'DateTime' }),
        resolution: t.arg({ type: ResolutionEnum }),
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
  resolution?: HealthResolution | null | undefined
}

async function loadHistory(installationId: string, args: HistoryArgs, context: Context): Promise<Page> {
  const { size } = parsePage({ first: args.first }, NEWEST_FIRST)
  const resolution = args.resolution ?? 'RAW'
  const after = args.after ? decodeSampleCursor(args.after, resolution) : null
  // One more tells of a next page. No plan hangs on the number, as it does with Prisma: it is a parameter of our own SQL.
  const query: HistoryQuery = { take: size + 1, after, from: args.from ?? null, to: args.to ?? null }
  // Installations of one list ask the same: they share a loader, and so a query.
  const loaders = loaderOf(
    context.loaders,
    HISTORY,
    () => new Map<string, ReturnType<typeof historyLoader>>(),
  )
  const key = JSON.stringify([resolution, query])
  const loader =
    loaders.get(key) ??
    (resolution === 'RAW'
      ? historyLoader(context.app, query)
      : rolledLoader(context.app, { ...query, step: resolution, after: after?.recordedAt ?? null }))
  loaders.set(key, loader)
  const samples = await loader.load(installationId)
  return { installationId, samples, size, resumed: after !== null, query, resolution }
}

builder.prismaObjectField('Installation', 'health', (t) =>
  t.field({
    type: InstallationHealth,
    select: { id: true, healthStatus: true, healthMessage: true, lastSeenAt: true },
    resolve: (row) => row,
  }),
)
