import { encodeGlobalId } from '../../src/graphql/global-id.ts'
import { newId } from '../../src/lib/ids.ts'
import { rowId } from './stage.ts'
import type { TestServer } from './server.ts'

/** An event of a webhook's organization that could not be delivered to it. Returns the delivery's global id. */
export async function makeEndedDelivery(server: TestServer, webhookId: string): Promise<string> {
  const id = newId()
  await server.app.database.pool.query(
    `insert into webhook_delivery (id, organization_id, webhook_id, event_id, status, body, attempts, attempt, created_at, finished_at)
     select $1, w.organization_id, w.id, e.id, 'DEAD', '{"zebra":true}',
       '[{"at":"2026-01-01T00:00:00.000Z","statusCode":500,"durationMs":1,"error":"zebra"}]', 1, now(), now()
     from webhook w join event e on e.organization_id = w.organization_id where w.id = $2 limit 1`,
    [id, rowId(webhookId)],
  )
  return encodeGlobalId('WebhookDelivery', id)
}
