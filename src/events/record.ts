import { newId } from '../lib/ids.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Tx } from '../platform/database.ts'
import { auditRowOf, emissionRowOf, type AuditRow } from './audit.ts'
import type { EventPayloads, EventType } from './catalog.ts'
import type { EventScope } from './scope.ts'

/**
 * Writes an event of ours, and its entry in the audit log, in the transaction that changes the state it tells of. Call it after the state was
 * written: the row lock of that write is what puts two events of one subject in their true order. Returns its id.
 */
export async function record<T extends EventType>(
  tx: Tx,
  type: T,
  payload: EventPayloads[T],
  scope: EventScope,
): Promise<string> {
  await audit(tx, auditRowOf(type, payload as unknown as JsonObject, scope), scope)
  const id = newId()
  const data = rowOf(id, type, payload as unknown as JsonObject, 'patchbay', scope)
  await insert(tx, data)
  await scope.trail?.attempt?.note(tx, data)
  return id
}

/** The same of many subjects at once, each locked before. */
export async function recordAll<T extends EventType>(
  tx: Tx,
  type: T,
  entries: readonly { payload: EventPayloads[T]; scope: EventScope }[],
): Promise<void> {
  const audited = entries.map(({ payload, scope }) =>
    auditRowOf(type, payload as unknown as JsonObject, scope),
  )
  await tx.auditEntry.createMany({ data: audited.filter((row) => row !== null) })
  for (const { scope } of entries) if (scope.trail !== undefined) scope.trail.entries++
  const rows = entries.map(({ payload, scope }) => {
    return rowOf(newId(), type, payload as unknown as JsonObject, 'patchbay', scope)
  })
  await tx.event.createMany({ data: rows })
  // One mutation does all of it.
  if (rows[0] !== undefined) await entries[0]!.scope.trail?.attempt?.note(tx, rows[0])
}

/** Writes an event of the host's own types. Returns its id. */
export async function recordOfHost(
  tx: Tx,
  type: string,
  payload: JsonObject,
  scope: EventScope,
): Promise<string> {
  const id = newId()
  await audit(tx, emissionRowOf(id, type, 'host', scope), scope)
  const data = rowOf(id, type, payload, 'host', scope)
  await insert(tx, data)
  await scope.trail?.attempt?.note(tx, data)
  return id
}

async function audit(tx: Tx, row: AuditRow | null, scope: EventScope): Promise<void> {
  if (row === null) return
  await tx.auditEntry.create({ data: row, select: { id: true } })
  if (scope.trail !== undefined) scope.trail.entries++
}

/** By SQL of our own: Prisma held the event loop for 70 ms over a payload of 1 MB, this takes 10 to 20. */
async function insert(tx: Tx, row: ReturnType<typeof rowOf>): Promise<void> {
  const { id, type, organizationId, siteId, subjectId, actorId, source, payload, occurredAt } = row
  await tx.$executeRaw`
    insert into event (id, type, organization_id, site_id, subject_id, actor_id, source, payload, occurred_at)
    values (${id}::uuid, ${type}, ${organizationId}::uuid, ${siteId}::uuid, ${subjectId}::uuid, ${actorId}::uuid,
      ${source}, ${JSON.stringify(payload)}::jsonb, ${occurredAt})`
}

function rowOf(id: string, type: string, payload: JsonObject, source: string, scope: EventScope) {
  return {
    id,
    type,
    payload,
    source,
    organizationId: scope.organizationId ?? null,
    siteId: scope.siteId ?? null,
    subjectId: scope.subjectId ?? null,
    actorId: scope.actorId,
    occurredAt: scope.at,
  }
}
