import DataLoader from 'dataloader'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, reachOf } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import type { Context } from '../../graphql/context.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { quantileOf } from './duration-buckets.ts'
import { readGauges, sumOfGauges, type AllGauges, type Gauges } from './gauges.ts'
import { readDeliveries, readDurations, readRuns, sumOfDurations, sumOfRuns } from './metrics.ts'
import type { MetricsPlace, RunCounts, WebhookCounts } from './metrics.ts'

/** Whose metrics they are: sums over these ids; over everybody's by the id '' of the place `all`. */
interface Scope {
  place: MetricsPlace
  ids: readonly string[]
}

/** A field of the counts of runs. */
const count = (of: (runs: RunCounts) => number) => ({
  resolve: async (scope: Scope, _args: object, context: Context) => of(await runsOf(scope, context)),
})

const gauge = (of: keyof Gauges) => ({
  resolve: async (scope: Scope, _args: object, context: Context) => (await gaugesOf(scope, context))[of],
})

const quantile = (q: number, words: string) => ({
  nullable: true as const,
  description: `Milliseconds that ${words} of them did not exceed, within 5%; null where nothing ran.`,
  resolve: async (scope: Scope, _args: object, context: Context) =>
    quantileOf(await durationsOf(scope, context), q),
})

export const RuntimeMetrics = builder.objectRef<Scope>('RuntimeMetrics').implement({
  description:
    'Counts are of the last 60 minutes, the present one among them, and follow what happens within seconds; liveIsolates, runtimeProcesses and subscribers are of now, over all processes of the service.',
  fields: (t) => ({
    invocations: t.int(count((runs) => runs.invocations)),
    errors: t.int({
      description: 'Of those, all that ended otherwise than OK or ABORTED; timeouts among them.',
      ...count((runs) => runs.errors),
    }),
    timeouts: t.int(count((runs) => runs.timeouts)),
    p50Ms: t.float(quantile(0.5, 'half')),
    p99Ms: t.float(quantile(0.99, '99 in 100')),
    cpuMs: t.float({
      description: 'Milliseconds of CPU that they took together.',
      ...count((runs) => runs.cpuMs),
    }),
    hostCalls: t.float({
      description: 'Calls of `ctx` that they made together.',
      ...count((runs) => runs.hostCalls),
    }),
    bytesOut: t.float({
      description: 'Bytes of JSON that left the sandbox: results, and what host calls were given.',
      ...count((runs) => runs.bytesOut),
    }),
    logLines: t.float({
      description: 'Lines that they logged together.',
      ...count((runs) => runs.logLines),
    }),
    liveIsolates: t.int({ description: 'Isolates that hold code.', ...gauge('liveIsolates') }),
    runtimeProcesses: t.int({
      description: 'Sandbox processes that serve it; of the whole service, the spare ones too.',
      ...gauge('runtimeProcesses'),
    }),
    webhookDeliveries: t.int({
      description: 'Deliveries that were begun.',
      resolve: async (scope, _args, context) => (await deliveriesOf(scope, context)).deliveries,
    }),
    webhookFailures: t.int({
      description: 'Of those, the ones whose last attempt failed.',
      resolve: async (scope, _args, context) => (await deliveriesOf(scope, context)).failures,
    }),
    subscribers: t.int({
      description:
        'Open subscriptions: of an installation, those that follow it; of an organization, those of its members.',
      ...gauge('subscribers'),
    }),
  }),
})

/** All that the viewer may see. */
export function metricsOfAll(actor: Actor): Scope {
  const reach = reachOf(actor, 'installations:read')
  if (reach.everywhere) return { place: 'all', ids: [''] }
  return { place: 'organization', ids: reach.organizationIds }
}

builder.prismaObjectField('Installation', 'metrics', (t) =>
  t.field({
    type: RuntimeMetrics,
    description: 'Of this installation, which is of one version.',
    select: { id: true, organizationId: true },
    resolve: ({ id, organizationId }, _args, { actor }) =>
      scopeOf('installation', id, can(actor, 'installations:read', organizationId)),
  }),
)

builder.prismaObjectField('Organization', 'metrics', (t) =>
  t.field({
    type: RuntimeMetrics,
    description:
      'Of all its installations, and of the transforms of its own webhooks; of none where the viewer may see none.',
    select: { id: true },
    resolve: ({ id }, _args, { actor }) => scopeOf('organization', id, can(actor, 'installations:read', id)),
  }),
)

function scopeOf(place: MetricsPlace, id: string, visible: boolean): Scope {
  return { place, ids: visible ? [id] : [] }
}

const RUNS = { installation: Symbol('runs'), organization: Symbol('runs'), all: Symbol('runs') }
const DURATIONS = { installation: Symbol('times'), organization: Symbol('times'), all: Symbol('times') }
const DELIVERIES = { installation: Symbol('sent'), organization: Symbol('sent'), all: Symbol('sent') }
const GAUGES = Symbol('gauges')

async function runsOf({ place, ids }: Scope, { app, loaders }: Context): Promise<RunCounts> {
  const loader = loaderOf(loaders, RUNS[place], () => batched(app, place, readRuns))
  return sumOfRuns((await loadEach(loader, ids)).filter((counts) => counts !== null))
}

async function durationsOf({ place, ids }: Scope, { app, loaders }: Context): Promise<number[]> {
  const loader = loaderOf(loaders, DURATIONS[place], () => batched(app, place, readDurations))
  return sumOfDurations((await loadEach(loader, ids)).filter((buckets) => buckets !== null))
}

async function deliveriesOf({ place, ids }: Scope, { app, loaders }: Context): Promise<WebhookCounts> {
  const loader = loaderOf(loaders, DELIVERIES[place], () => batched(app, place, readDeliveries))
  const all = (await loadEach(loader, ids)).filter((counts) => counts !== null)
  return {
    deliveries: all.reduce((sum, { deliveries }) => sum + deliveries, 0),
    failures: all.reduce((sum, { failures }) => sum + failures, 0),
  }
}

async function gaugesOf({ place, ids }: Scope, { app, loaders }: Context): Promise<Gauges> {
  const gauges = await loaderOf<Promise<AllGauges>>(loaders, GAUGES, () => readGauges(app))
  if (place === 'all') return gauges.all
  return sumOfGauges(ids.map((id) => gauges[place](id)))
}

/** What many installations or organizations of one answer ask for, by one statement. */
function batched<Counts>(
  app: App,
  place: MetricsPlace,
  read: (app: App, place: MetricsPlace, ids: readonly string[]) => Promise<Map<string, Counts>>,
): DataLoader<string, Counts | null> {
  return new DataLoader(async (ids) => {
    const found = await read(app, place, ids)
    return ids.map((id) => found.get(id) ?? null)
  })
}

async function loadEach<Counts>(
  loader: DataLoader<string, Counts | null>,
  ids: readonly string[],
): Promise<(Counts | null)[]> {
  return await Promise.all(ids.map((id) => loader.load(id)))
}
