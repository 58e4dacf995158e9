import DataLoader from 'dataloader'
import type { App } from '../../app.ts'

/** A job of an installation. */
export interface JobKey {
  installationId: string
  name: string
}

/** The ids of the newest runs of many jobs, by one query with a limited read of the index for each. Made for one request. */
export function lastRunLoader(app: App): DataLoader<JobKey, string | null, string> {
  return new DataLoader(
    async (keys) => {
      const { rows } = await app.database.pool.query<{ id: string | null }>({
        name: 'patchbay_last_runs',
        text: `select v.id from unnest($1::uuid[], $2::text[]) with ordinality as wanted (installation_id, name, at)
          left join lateral (
            select id from invocation
            where kind = 'JOB' and installation_id = wanted.installation_id and name = wanted.name
            order by id desc limit 1
          ) v on true
          order by wanted.at`,
        values: [keys.map(({ installationId }) => installationId), keys.map(({ name }) => name)],
      })
      return rows.map(({ id }) => id)
    },
    { cacheKeyFn: ({ installationId, name }) => `${installationId} ${name}` },
  )
}
