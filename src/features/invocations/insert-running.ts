import type { App } from '../../app.ts'
import type { InvocationKind } from '../../generated/prisma/enums.ts'
import type { Target } from './target.ts'

/** What runs, and for which event. */
export interface Begun {
  id: string
  kind: InvocationKind
  name: string
  eventId: string | null
}

/** Makes the row of a run that begins now, in this process. */
export async function insertRunning(app: App, target: Target, begun: Begun, startedAt: Date): Promise<void> {
  const { id, kind, name, eventId } = begun
  // Every call waits for this as well: see `endInvocation`.
  await app.database.pool.query({
    name: 'patchbay_begin_invocation',
    text: `insert into invocation (id, organization_id, site_id, installation_id, kind, name, status, event_id, process_id, started_at)
      values ($1, $2, $3, $4, $5, $6, 'RUNNING', $7, $8, $9)`,
    values: [
      id,
      target.organizationId,
      target.siteId,
      target.id,
      kind,
      name,
      eventId,
      app.processId,
      startedAt,
    ],
  })
}
