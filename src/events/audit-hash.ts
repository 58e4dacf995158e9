import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { JsonObject } from '../lib/json.ts'

/** The chain of the entries that belong to no organization. */
export const PLATFORM_CHAIN = '00000000-0000-0000-0000-000000000000'

/** What the first link of a chain stands on. */
export const CHAIN_START: Uint8Array = new Uint8Array(32)

/** An entry as it lies in the database; `alias` of the table in both statements is `e`. */
export interface EntryRow {
  id: string
  organization_id: string | null
  action: string
  actor_id: string | null
  subject_id: string | null
  success: boolean
  error: string | null
  details: JsonObject
  request_id: string | null
  plugin_id: string | null
  at: Date
}

export const ENTRY_COLUMNS = `e.id, e.organization_id, e.action, e.actor_id, e.subject_id, e.success, e.error, e.details,
  e.request_id, e.plugin_id, e.at`

/**
 * The hash of a link: SHA-256 over the former link's hash and the entry in canonical JSON (RFC 8785), so that anybody can
 * make it anew. An entry that was gone before it could be sealed is sealed as null: the chain tells that it is missing.
 */
export function linkHash(former: Uint8Array, entry: EntryRow | null): Buffer {
  const text = canonicalize(entry === null ? null : statementOf(entry))
  if (text === undefined) throw new Error('What is no JSON value has no canonical form.')
  return createHash('sha256').update(former).update(text).digest()
}

function statementOf(row: EntryRow): JsonObject {
  return {
    id: row.id,
    organizationId: row.organization_id,
    action: row.action,
    actorId: row.actor_id,
    subjectId: row.subject_id,
    success: row.success,
    error: row.error,
    details: row.details,
    requestId: row.request_id,
    pluginId: row.plugin_id,
    at: row.at.toISOString(),
  }
}
