import { newId } from '../lib/ids.ts'
import type { JsonObject } from '../lib/json.ts'
import { TELEMETRY_TYPES } from './catalog.ts'
import type { EventScope } from './scope.ts'

/** A row of the audit log. */
export interface AuditRow {
  id: string
  organizationId: string | null
  action: string
  actorId: string | null
  subjectId: string | null
  success: boolean
  error: string | null
  details: JsonObject
  requestId: string | null
  pluginId: string | null
  at: Date
}

/** Events that tell of something that did not go as it should. */
const FAILURES: ReadonlySet<string> = new Set(['package.integrity_failed', 'plugin.failed'])

/** What the audit log keeps of an event of ours; null for measurements, which nobody did. */
export function auditRowOf(type: string, payload: JsonObject, scope: EventScope): AuditRow | null {
  if (TELEMETRY_TYPES.some((telemetry) => telemetry === type)) return null
  const failed = FAILURES.has(type)
  const reason = payload['reason']
  return {
    ...rowIn(scope),
    action: type,
    success: !failed,
    error: failed && typeof reason === 'string' ? reason : null,
    details: { ...withoutContent(payload), ...(scope.changed ?? moveOf(payload)) },
  }
}

/** Of what was before and what is after, only what differs. */
export function difference(before: JsonObject, after: JsonObject): { before: JsonObject; after: JsonObject } {
  const keys = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  const pick = (from: JsonObject): JsonObject =>
    Object.fromEntries(keys.map((key) => [key, from[key] ?? null]))
  return { before: pick(before), after: pick(after) }
}

/** What a job is given is the event's, and goes when that goes: the log is kept for ever. */
function withoutContent({ payload: _content, ...facts }: JsonObject): JsonObject {
  return facts
}

/** Events of what has states tell both. */
function moveOf({ previousStatus, status }: JsonObject): EventScope['changed'] | undefined {
  if (previousStatus === undefined || status === undefined || previousStatus === status) return undefined
  return { before: previousStatus === null ? null : { status: previousStatus }, after: { status } }
}

/** That the host or a plugin told an event; what it says is the event's, and goes when that goes. */
export function emissionRowOf(eventId: string, type: string, source: string, scope: EventScope): AuditRow {
  return {
    ...rowIn(scope),
    action: 'event.emitted',
    subjectId: eventId,
    success: true,
    error: null,
    details: { type, source },
  }
}

function rowIn(scope: EventScope) {
  return {
    id: newId(),
    organizationId: scope.organizationId ?? scope.auditedIn ?? null,
    actorId: scope.actorId,
    subjectId: scope.subjectId ?? null,
    requestId: scope.requestId ?? null,
    pluginId: scope.pluginId ?? null,
    at: scope.at,
  }
}
