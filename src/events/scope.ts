import type { JsonObject } from '../lib/json.ts'
import type { Attempt } from './attempt.ts'

/** Where and about what an event happened, and who caused it. */
export interface EventScope {
  organizationId?: string | null
  /** In whose audit log it stands, where the event itself is told to all: of the registry that holds a package. */
  auditedIn?: string | null
  siteId?: string | null
  subjectId?: string | null
  actorId: string | null
  /** Null: a job or a plugin did it. */
  requestId?: string | null
  /** Of the mutation that does it. */
  trail?: Trail | undefined
  /** The plugin that it concerns, where the subject is not itself one. */
  pluginId?: string | null
  /** What the change made of its subject, without secrets; only what changed. */
  changed?: { before: JsonObject | null; after: JsonObject | null }
  at: Date
}

/** Counts what the audit log got of one mutation: one that leaves nothing there gets an entry of its own. */
export interface Trail {
  entries: number
  /** Where the mutation came with an idempotency key. */
  attempt?: Attempt | undefined
}
