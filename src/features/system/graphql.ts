import type { App } from '../../app.ts'
import { requireKnown, reachOf, withinReach } from '../../auth/authorize.ts'
import { builder } from '../../graphql/builder.ts'
import { messageOf } from '../../lib/errors.ts'
import { VERSION } from '../../lib/version.ts'
import { metricsOfAll, RuntimeMetrics } from '../invocations/metrics-graphql.ts'
import { running } from '../installations/policy.ts'
import { visiblePlugins } from '../packages/policy.ts'
import { visibleWebhooks } from '../webhooks/policy.ts'

interface Component {
  ok: boolean
  detail: string
}

const ComponentStatus = builder.objectRef<Component>('ComponentStatus').implement({
  fields: (t) => ({ ok: t.exposeBoolean('ok'), detail: t.exposeString('detail') }),
})

const SystemStatus = builder.objectRef<{ version: string }>('SystemStatus').implement({
  description: 'Counts are of what the viewer may see.',
  fields: (t) => ({
    version: t.field({ type: 'SemVer', resolve: (status) => status.version }),
    pluginsLoaded: t.int({
      description: 'Plugins in the registry.',
      resolve: (_status, _args, { app, actor }) =>
        app.database.prisma.plugin.count({ where: visiblePlugins(actor) }),
    }),
    pluginsEnabled: t.int({
      description: 'Installations that run.',
      resolve: (_status, _args, { app, actor }) =>
        app.database.prisma.installation.count({
          where: { AND: [running(app.clock.now()), withinReach(reachOf(actor, 'installations:read'))] },
        }),
    }),
    webhooksActive: t.int({
      description: 'Webhooks that are told of what happens.',
      resolve: (_status, _args, { app, actor }) =>
        app.database.prisma.webhook.count({
          where: {
            enabled: true,
            OR: [{ installationId: null }, { installation: running(app.clock.now()) }],
            AND: [visibleWebhooks(actor)],
          },
        }),
    }),
    jobsScheduled: t.int({
      description: 'Jobs that will run by themselves: those with a schedule, of installations that run.',
      resolve: (_status, _args, { app, actor }) =>
        app.database.prisma.jobSchedule.count({
          where: {
            nextRunAt: { not: null },
            installation: {
              AND: [running(app.clock.now()), withinReach(reachOf(actor, 'installations:read'))],
            },
          },
        }),
    }),
    httpAllowlist: t.boolean({
      description:
        'Whether plugins reach only the hosts that their manifests list. They always do: nothing turns it off.',
      resolve: () => true,
    }),
    metrics: t.field({ type: RuntimeMetrics, resolve: (_status, _args, { actor }) => metricsOfAll(actor) }),
    sandbox: t.field({ type: ComponentStatus, resolve: (_status, _args, { app }) => sandboxStatus(app) }),
    database: t.field({ type: ComponentStatus, resolve: (_status, _args, { app }) => databaseStatus(app) }),
    queue: t.field({ type: ComponentStatus, resolve: (_status, _args, { app }) => queueStatus(app) }),
    storage: t.field({ type: ComponentStatus, resolve: (_status, _args, { app }) => storageStatus(app) }),
    eventBus: t.field({
      type: ComponentStatus,
      resolve: (_status, _args, { app }) => ({
        ok: app.bus.connected(),
        detail: app.bus.connected()
          ? 'LISTEN is connected.'
          : 'LISTEN is being connected anew; events are polled.',
      }),
    }),
  }),
})

builder.queryField('systemStatus', (t) =>
  t.field({
    type: SystemStatus,
    resolve: (_root, _args, { actor }) => {
      requireKnown(actor)
      return { version: VERSION }
    },
  }),
)

function sandboxStatus(app: App): Component {
  const { ok, detail, layers } = app.runtime.status()
  const lines = layers.map((layer) => `${layer.name}: ${layer.active ? 'active' : 'off'} (${layer.detail})`)
  return { ok, detail: [detail, ...lines].join('\n') }
}

async function databaseStatus(app: App): Promise<Component> {
  return await answering(app, async () => {
    const { rows } = await app.database.pool.query<{ version: string }>(
      "select current_setting('server_version') as version",
    )
    return [`PostgreSQL ${rows[0]!.version}`, ...app.databaseRoles].join('\n')
  })
}

async function queueStatus(app: App): Promise<Component> {
  return await answering(app, async () => {
    const { rows } = await app.database.pool.query<{ waiting: number; dead: number; workers: number }>(
      `select (select count(*)::int from graphile_worker.jobs where attempts < max_attempts) as waiting,
        (select count(*)::int from graphile_worker.jobs where attempts >= max_attempts) as dead,
        (select count(*)::int from service_process where cardinality(queue_workers) > 0) as workers`,
    )
    const { waiting, dead, workers } = rows[0]!
    if (workers === 0) throw new Error(`no worker runs, ${waiting} jobs wait`)
    return `${waiting} jobs wait, ${dead} were given up, workers in ${workers} processes`
  })
}

async function storageStatus(app: App): Promise<Component> {
  return await answering(app, async () => {
    await app.blobs.main.probe()
    return app.blobs.main.location
  })
}

/** The detail of what answers, or why it does not; in the log with its reason, outside only that it fails. */
async function answering(app: App, ask: () => Promise<string>): Promise<Component> {
  try {
    return { ok: true, detail: await ask() }
  } catch (error) {
    app.log.warn({ reason: messageOf(error) }, 'a component of the service does not answer')
    return { ok: false, detail: 'It does not answer as it should; the log of the service says why.' }
  }
}
