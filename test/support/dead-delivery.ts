import { encodeGlobalId } from '../../src/graphql/global-id.ts'
import { newId } from '../../src/lib/ids.ts'
import { rowId } from './stage.ts'
import type { TestServer } from './server.ts'

/** An event of the installation's organization that its handler was given up on. Returns the delivery's global id. */
export async function makeDeadDelivery(server: TestServer, installationId: string): Promise<string> {
  const id = newId()
  await server.app.database.pool.query(
    `insert into event_delivery (id, organization_id, installation_id, event_id, status, attempts, error, created_at, updated_at)
     select $1, i.organization_id, i.id, e.id, 'DEAD', 8, 'Error: zebra', now(), now()
     from installation i join event e on e.organization_id = i.organization_id where i.id = $2 limit 1`,
    [id, rowId(installationId)],
  )
  return encodeGlobalId('EventDelivery', id)
}
