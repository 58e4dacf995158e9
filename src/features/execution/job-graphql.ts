import type { Manifest } from '../../archive/manifest.ts'
import { builder } from '../../graphql/builder.ts'
import { connectionType, findConnection, pageArguments, pageComplexity } from '../../graphql/connection.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { NEWEST_FIRST, parsePage } from '../../graphql/page.ts'
import { lastRunLoader, type JobKey } from './last-runs.ts'
import { visibleInvocations } from './policy.ts'

interface JobRow extends JobKey {
  schedule: string | null
  nextRunAt: Date | null
}

const LAST_RUNS = Symbol('last runs of jobs')

const Job = builder.objectRef<JobRow>('Job').implement({
  description: 'What a plugin does by itself, or when it is asked; one run of it at a time.',
  fields: (t) => ({
    name: t.exposeString('name'),
    schedule: t.exposeString('schedule', {
      nullable: true,
      description: 'Five-field cron, UTC; null where it only runs when asked.',
    }),
    nextRunAt: t.expose('nextRunAt', {
      type: 'DateTime',
      nullable: true,
      description: 'null where it is not scheduled, or its installation is not active.',
    }),
    lastRun: t.prismaField({
      type: 'Invocation',
      nullable: true,
      description: 'The newest, which may just run or wait.',
      resolve: async (query, job, _args, { app, loaders }) => {
        const selection = { ...query }
        const id = await loaderOf(loaders, LAST_RUNS, () => lastRunLoader(app)).load(job)
        return id === null
          ? null
          : await app.database.prisma.invocation.findUnique({ ...selection, where: { id } })
      },
    }),
    runs: t.field({
      type: connectionType('JobRunsConnection', 'Invocation'),
      description: 'Newest first.',
      args: pageArguments(t.arg),
      complexity: pageComplexity,
      resolve: async ({ installationId, name }, args, context, info) => {
        const page = parsePage(args, NEWEST_FIRST)
        const where = {
          AND: [{ installationId, kind: 'JOB', name }, visibleInvocations(context.actor)],
        }
        return await findConnection(context, info, { model: 'invocation', node: 'Invocation' }, where, page)
      },
    }),
  }),
})

builder.prismaObjectField('Installation', 'jobs', (t) =>
  t.field({
    type: [Job],
    select: {
      id: true,
      package: { select: { manifest: true } },
      schedules: { select: { name: true, nextRunAt: true } },
    },
    resolve: ({ id, package: { manifest }, schedules }) =>
      (manifest as unknown as Manifest).jobs.map(({ name, schedule }) => ({
        installationId: id,
        name,
        schedule,
        nextRunAt: schedules.find((it) => it.name === name)?.nextRunAt ?? null,
      })),
  }),
)
