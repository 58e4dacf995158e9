import DataLoader from 'dataloader'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { HealthStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { HealthStatusEnum } from '../installations/graphql.ts'
import { visibleInstallations } from '../installations/policy.ts'
import { BY_GRAVITY, COUNTED } from '../tenancy/site-health.ts'

/** How many active installations are how. */
type Summary = Record<HealthStatus, number>

const SiteHealth = builder.objectRef<Summary>('SiteHealth').implement({
  description: 'How the active installations are that the viewer may see.',
  fields: (t) => ({
    status: t.field({
      type: HealthStatusEnum,
      description: 'The worst that any is; UNKNOWN where nothing is known.',
      resolve: (summary) => BY_GRAVITY.find((status) => summary[status] > 0) ?? 'UNKNOWN',
    }),
    healthy: t.int({ resolve: (summary) => summary.HEALTHY }),
    degraded: t.int({ resolve: (summary) => summary.DEGRADED }),
    unhealthy: t.int({ resolve: (summary) => summary.UNHEALTHY }),
    unknown: t.int({ resolve: (summary) => summary.UNKNOWN }),
  }),
})

type Place = 'siteId' | 'organizationId' | 'pluginId'

/** Counts of many places by one query. */
function summaries(app: App, actor: Actor, place: Place): DataLoader<string, Summary> {
  return new DataLoader(async (ids) => {
    const rows = await app.database.prisma.installation.groupBy({
      by: [place, 'healthStatus'],
      where: { AND: [COUNTED, visibleInstallations(actor), { [place]: { in: [...ids] } }] },
      _count: true,
    })
    return ids.map((id) => {
      const summary: Summary = { HEALTHY: 0, DEGRADED: 0, UNHEALTHY: 0, UNKNOWN: 0 }
      for (const row of rows) if (row[place] === id) summary[row.healthStatus] = row._count
      return summary
    })
  })
}

const LOADERS = {
  siteId: Symbol('health of sites'),
  organizationId: Symbol('health of organizations'),
  pluginId: Symbol('health of plugins'),
}

const OF = { Site: 'siteId', Organization: 'organizationId', Plugin: 'pluginId' } as const

for (const [type, place] of Object.entries(OF) as [keyof typeof OF, Place][]) {
  builder.prismaObjectField(type as 'Site', 'health', (t) =>
    t.field({
      type: SiteHealth,
      select: { id: true },
      resolve: ({ id }, _args, { app, actor, loaders }) =>
        loaderOf(loaders, LOADERS[place], () => summaries(app, actor, place)).load(id),
    }),
  )
}
