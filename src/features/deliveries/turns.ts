import type { App } from '../../app.ts'
import { seconds } from '../../lib/units.ts'

/** Deliveries that wait for an answer at once in one process. They only hold a socket and a body of at most 1 MiB. */
const SLOTS = 20
/** Of those to one host: a slow one holds up its own, and is not flooded when it comes back. */
const SLOTS_PER_HOST = 4
/** What finds no turn comes again after this long, later where many wait for the same host. */
const WAIT_MS = seconds(1)

/** How many are on their way, by whom and whereto. */
interface UnderWay {
  all: number
  byOrganization: Map<string, number>
  byHost: Map<string, number>
  /** When the last of those that wait for a host comes again; milliseconds of the process's own clock. */
  nextByHost: Map<string, number>
}

const underWay = new WeakMap<App, UnderWay>()

/** A turn, to be given back; or how long to wait for one. */
export type Turn = { release: () => void } | { inMs: number }

/**
 * A place for one delivery. An organization has at most as many as are still free: one that floods leaves half of all to the others,
 * the next one half of that. Of what waits for one host as many come again at a time as have room.
 */
export function takeTurn(app: App, organizationId: string, host: string): Turn {
  const now = underWay.get(app) ?? {
    all: 0,
    byOrganization: new Map(),
    byHost: new Map(),
    nextByHost: new Map(),
  }
  underWay.set(app, now)
  const own = now.byOrganization.get(organizationId) ?? 0
  const toHost = now.byHost.get(host) ?? 0
  if (toHost >= SLOTS_PER_HOST || own >= SLOTS - now.all) return { inMs: waitFor(now, host) }
  add(now, organizationId, host, 1)
  return { release: () => add(now, organizationId, host, -1) }
}

function waitFor({ nextByHost }: UnderWay, host: string): number {
  const from = performance.now()
  for (const [known, at] of nextByHost) if (at < from) nextByHost.delete(known)
  const next = Math.max(nextByHost.get(host) ?? 0, from + WAIT_MS) + WAIT_MS / SLOTS_PER_HOST
  nextByHost.set(host, next)
  return Math.round(next - from)
}

function add(now: UnderWay, organizationId: string, host: string, change: 1 | -1): void {
  now.all += change
  addTo(now.byOrganization, organizationId, change)
  addTo(now.byHost, host, change)
}

function addTo(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
