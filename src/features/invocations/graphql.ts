import { requireSomewhere, reachOf, withinReach } from '../../auth/authorize.ts'
import { InvocationKind, InvocationOutcome, InvocationStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import { optionalIdOf } from '../../graphql/global-id.ts'
import { timeRange } from '../../graphql/time-range.ts'
import type { HttpRequestLog } from './capabilities/asking.ts'

const KindEnum = builder.enumType('InvocationKind', { values: Object.values(InvocationKind) })
const StatusEnum = builder.enumType('InvocationStatus', { values: Object.values(InvocationStatus) })
const OutcomeEnum = builder.enumType('InvocationOutcome', { values: Object.values(InvocationOutcome) })

const InvocationLog = builder
  .objectRef<{ at: string; level: string; message: string }>('InvocationLog')
  .implement({
    fields: (t) => ({
      at: t.field({ type: 'DateTime', resolve: (line) => new Date(line.at) }),
      level: t.exposeString('level'),
      message: t.exposeString('message'),
    }),
  })

const InvocationRequest = builder.objectRef<HttpRequestLog>('InvocationRequest').implement({
  description: 'One HTTP request that plugin code made through the host, or that the host refused to make.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', resolve: ({ at }) => new Date(at) }),
    method: t.exposeString('method'),
    host: t.exposeString('host', { description: "With the port where it is not the scheme's own." }),
    status: t.exposeInt('status', { nullable: true, description: 'null where there was no answer' }),
    bytes: t.exposeInt('bytes', { description: "Of the answer's body." }),
    durationMs: t.exposeFloat('durationMs'),
    error: t.exposeString('error', { nullable: true, description: 'Why there was no answer.' }),
  }),
})

builder.prismaNode('Invocation', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { actor }) => ({ id, AND: [withinReach(reachOf(actor, 'installations:read'))] }),
  select: { id: true },
  fields: (t) => ({
    installation: t.relation('installation'),
    kind: t.expose('kind', { type: KindEnum }),
    name: t.exposeString('name'),
    status: t.expose('status', { type: StatusEnum }),
    outcome: t.expose('outcome', {
      type: OutcomeEnum,
      nullable: true,
      description: 'null until it has finished',
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
    durationMs: t.exposeFloat('durationMs', { nullable: true, description: 'Milliseconds of wall clock.' }),
    cpuMs: t.exposeFloat('cpuMs', { nullable: true, description: 'Milliseconds of CPU.' }),
    heapUsed: t.exposeFloat('heapUsed', { nullable: true, description: 'Bytes of heap at its end.' }),
    hostCalls: t.exposeInt('hostCalls', { description: 'Calls of `ctx` that it made.' }),
    bytesOut: t.exposeFloat('bytesOut', {
      description: 'Bytes of JSON that left the sandbox: its result, and what host calls were given.',
    }),
    error: t.exposeString('error', { nullable: true }),
    logs: t.field({
      type: [InvocationLog],
      description: 'Of a run that goes on, what it had logged a second ago.',
      select: { logs: true },
      resolve: (row) => row.logs as { at: string; level: string; message: string }[],
    }),
    requests: t.field({
      type: [InvocationRequest],
      description: 'HTTP requests by `ctx.http`, redirects one by one.',
      select: { requests: true },
      resolve: ({ requests }) => requests as unknown as HttpRequestLog[],
    }),
  }),
})

rootConnection('invocations', {
  description:
    'Every run of plugin code. A page has at most 8 MiB of logs, requests and errors: then it has fewer entries than were asked for, and hasNextPage.',
  node: 'Invocation',
  model: 'invocation',
  args: (arg) => ({
    installationId: arg.id(),
    siteId: arg.id(),
    organizationId: arg.id(),
    status: arg({ type: [StatusEnum] }),
    outcome: arg({ type: [OutcomeEnum] }),
    kind: arg({ type: [KindEnum] }),
    from: arg({ type: 'DateTime' }),
    to: arg({ type: 'DateTime' }),
  }),
  where: (args, { actor }) => {
    requireSomewhere(actor, 'installations:read')
    const installationId = optionalIdOf('Installation', args.installationId)
    const siteId = optionalIdOf('Site', args.siteId)
    const organizationId = optionalIdOf('Organization', args.organizationId)
    return {
      AND: [
        withinReach(reachOf(actor, 'installations:read')),
        installationId === undefined ? {} : { installationId },
        siteId === undefined ? {} : { siteId },
        organizationId === undefined ? {} : { organizationId },
        args.status ? { status: { in: args.status } } : {},
        args.outcome ? { outcome: { in: args.outcome } } : {},
        args.kind ? { kind: { in: args.kind } } : {},
        timeRange(args.from, args.to),
      ],
    }
  },
})
