import type { App } from '../app.ts'
import type { Actor } from './actor.ts'

/** An open subscription of this process. */
export interface OpenStream {
  /** Organizations in which its viewer has a role; none for who has one on the platform only. */
  organizationIds: readonly string[]
  /** The installation that it follows; null where it follows more, or something else. */
  installationId: string | null
}

const streams = new WeakMap<App, Set<OpenStream>>()

/** Counts a subscription for as long as it is open; returns what ends that. */
export function noteStream(app: App, actor: Actor, installationId: string | null): () => void {
  const organizationIds = [...new Set(actor.grants.flatMap((grant) => grant.organizationId ?? []))]
  const stream = { organizationIds, installationId }
  const all = streams.get(app) ?? new Set()
  streams.set(app, all)
  all.add(stream)
  return () => void all.delete(stream)
}

/** The subscriptions that are open in this process. */
export function openStreams(app: App): readonly OpenStream[] {
  return [...(streams.get(app) ?? [])]
}
