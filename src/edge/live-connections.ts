import type { App } from '../app.ts'
import { grantsFingerprint, type Actor } from '../auth/actor.ts'
import { actorsNow, asOfNow } from '../auth/authenticate.ts'
import { messageOf, RequestError } from '../lib/errors.ts'
import { seconds } from '../lib/units.ts'

/** A role that was lowered ends open streams within twice this. */
const RECHECK_MS = seconds(4)

/** Why a connection is ended; `code` is WebSocket's close code. */
export interface Ending {
  code: 4403
  reason: 'Forbidden' | 'Role changed'
}

/** An open WebSocket or SSE stream. */
interface Live {
  actor: Actor
  fingerprint: string
  end: (ending: Ending) => void
}

/** The open connections of this process: each ends when its key is revoked, its key or token expires, or its roles change. */
export interface LiveConnections {
  /** Returns what to call when the connection has ended by itself. */
  add(actor: Actor, end: (ending: Ending) => void): () => void
  /** Takes one of the streams of the actor's organizations; RATE_LIMITED where all are taken. Returns what gives it back. */
  takeStream(actor: Actor): () => void
  close(): void
}

export function openLiveConnections(app: App): LiveConnections {
  const connections = new Set<Live>()
  const streams = new Map<string, number>()

  app.events.onEvent((event) => {
    if (event.type !== 'api_key.revoked') return
    for (const live of connections) {
      if (live.actor.principalId === event.subjectId) live.end({ code: 4403, reason: 'Forbidden' })
    }
  })

  const recheck = async (): Promise<void> => {
    const ids = new Set([...connections].flatMap((live) => live.actor.principalId ?? []))
    if (ids.size === 0) return
    const now = await actorsNow(app.database, app.clock, [...ids])
    for (const live of connections) {
      if (live.actor.principalId === null) continue
      const actor = asOfNow(live.actor, now.get(live.actor.principalId), app.clock.now())
      if (actor === undefined) live.end({ code: 4403, reason: 'Forbidden' })
      else if (grantsFingerprint(actor) !== live.fingerprint) live.end({ code: 4403, reason: 'Role changed' })
    }
  }
  const timer = setInterval(() => {
    recheck().catch((error: unknown) =>
      app.log.warn({ reason: messageOf(error) }, 'open connections could not be checked'),
    )
  }, RECHECK_MS)
  timer.unref()

  return {
    add(actor, end) {
      const live = { actor, fingerprint: grantsFingerprint(actor), end }
      connections.add(live)
      return () => void connections.delete(live)
    },
    takeStream(actor) {
      const tenants = tenantsOf(actor)
      const most = app.config.subscriptionsPerTenant
      if (tenants.some((tenant) => (streams.get(tenant) ?? 0) >= most)) {
        throw new RequestError('RATE_LIMITED', `${most} streams of this organization are open: close some.`)
      }
      for (const tenant of tenants) streams.set(tenant, (streams.get(tenant) ?? 0) + 1)
      let given = false
      return () => {
        if (given) return
        given = true
        for (const tenant of tenants) {
          const left = streams.get(tenant)! - 1
          if (left === 0) streams.delete(tenant)
          else streams.set(tenant, left)
        }
      }
    },
    close() {
      clearInterval(timer)
    },
  }
}

/** Whose streams an actor's count as: his organizations', and on the platform his own. */
function tenantsOf({ grants, principalId }: Actor): string[] {
  const own = principalId ?? 'stranger'
  const tenants = new Set(grants.map((grant) => grant.organizationId ?? own))
  return tenants.size === 0 ? [own] : [...tenants]
}
