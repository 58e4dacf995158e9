import type { App } from '../app.ts'
import { seconds } from '../lib/units.ts'
import type { Actor } from './actor.ts'

/** Somebody who asked this long ago waits for an answer still, or will ask again. */
const RECENT_MS = seconds(1)

/** Whoever has a role on the platform alone belongs to no organization. */
const PLATFORM = '*'

/** When each organization asked last, by `performance.now()`: who asked last is the last one. */
const seen = new WeakMap<App, Map<string, number>>()

/** Takes note that somebody asks this process for something, and waits for the answer. */
export function noteAsking(app: App, { grants }: Actor): void {
  for (const { organizationId } of grants) noteAskingFor(app, organizationId ?? PLATFORM)
}

/** The same where whoever asks is nobody that we know, such as of a public route. */
export function noteAskingFor(app: App, organizationId: string): void {
  const all = seen.get(app) ?? new Map<string, number>()
  seen.set(app, all)
  const now = performance.now()
  all.delete(organizationId)
  all.set(organizationId, now)
  for (const [oldest, at] of all) {
    if (now - at < RECENT_MS) break
    all.delete(oldest)
  }
}

/** Whether anybody else but this organization asked of late. */
export function othersAsk(app: App, organizationId: string): boolean {
  const now = performance.now()
  return (seen.get(app) ?? new Map<string, number>())
    .entries()
    .some(([whose, at]) => whose !== organizationId && now - at < RECENT_MS)
}
