import type { EventPayloads, InstallationChanged } from '../../events/catalog.ts'
import { record } from '../../events/record.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import type { Tx } from '../../platform/database.ts'

/** An installation, as what is told of it needs it. */
export interface Told {
  id: string
  organizationId: string
  siteId: string
  pluginId: string
  slug: string
  version: string
}

/** Who moves it, in which request; nobody where a job does. */
export interface Mover {
  actorId: string | null
  requestId: string | null
}

/** A change of an installation's state, as it is told. */
export interface Move {
  /** The state that listeners know; null where there was none. */
  from: InstallationStatus | null
  to: InstallationStatus
  reason?: string | null
  at: Date
}

type MoveEvent =
  | 'plugin.installed'
  | 'plugin.enabled'
  | 'plugin.disabled'
  | 'plugin.failed'
  | 'plugin.uninstalled'

/** What an event says beside the move. */
type More<T extends MoveEvent> = Omit<EventPayloads[T], keyof InstallationChanged>

/** Tells of a move that the same transaction has made, with what the audit log keeps of it. */
export async function tellMove<T extends MoveEvent>(
  tx: Tx,
  type: T,
  told: Told,
  mover: Mover,
  move: Move,
  ...[more]: Partial<More<T>> extends More<T> ? [] : [More<T>]
): Promise<void> {
  const { id, organizationId, siteId, pluginId, slug, version } = told
  const { from, to, reason = null, at } = move
  const changed: InstallationChanged = { slug, version, previousStatus: from, status: to, reason }
  const payload = { ...changed, ...more } as unknown as EventPayloads[T]
  await record(tx, type, payload, {
    organizationId,
    siteId,
    subjectId: id,
    pluginId,
    ...mover,
    changed: { before: from === null ? null : { status: from }, after: { status: to } },
    at,
  })
}
