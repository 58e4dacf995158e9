import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { jsonPgSmartTags } from 'postgraphile/utils'
import amber from 'postgraphile/presets/amber'
import { tellUsage } from './usage.ts'

/** PostGraphile over the same database, its caches on and nothing that only development needs. */
const handler = postgraphile({
  extends: [amber.default ?? amber],
  pgServices: [
    makePgService({ connectionString: process.argv[2], schemas: ['public'], poolConfig: { max: 10 } }),
  ],
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
  plugins: [
    // The samples name their installation without a foreign key, since they are dropped by age.
    jsonPgSmartTags({
      version: 1,
      config: {
        class: {
          'public.health_sample': { tags: { foreignKey: '(installation_id) references installation (id)' } },
          // It skips the composite key, which no index begins with.
          'public.installation': { tags: { foreignKey: '(site_id) references site (id)' } },
          // A unique index, which it does not read.
          'public.organization': { tags: { unique: 'slug' } },
        },
      },
    }),
  ],
})
const server = createServer()
server.on('error', (error) => {
  throw error
})
await handler.createServ(grafserv).addTo(server)
server.listen(0, '127.0.0.1', () => tellUsage(`http://127.0.0.1:${server.address().port}`))
process.on('disconnect', () => process.exit(0))
