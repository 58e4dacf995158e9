import type { App } from '../../app.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Taken } from '../../platform/rate-limiter.ts'
import { licenseContext, type ShownLicense } from '../licenses/license-context.ts'

/** What is counted of an installation. */
export type Rated = 'routes' | 'hostCalls' | 'events'

/** A licence's entitlement `routes-per-minute:12000` takes the place of the configuration, upwards or downwards. */
const ENTITLEMENT: Record<Rated, string> = {
  routes: 'routes-per-minute:',
  hostCalls: 'host-calls-per-minute:',
  events: 'events-per-minute:',
}

/** An installation with its licence. */
export interface RatedTarget {
  id: string
  license: ShownLicense | null
  perpetual: boolean
  site: { labels: JsonValue }
}

/** Takes one token of an installation's rate. */
export async function takeToken(app: App, target: RatedTarget, what: Rated): Promise<Taken> {
  return await app.rates.take(`${what} ${target.id}`, perMinute(app, target, what))
}

/**
 * How much of it an installation may do a minute: by its licence while that is in force, else by configuration. What is no
 * whole number above zero entitles to nothing else.
 */
export function perMinute(app: App, target: RatedTarget, what: Rated): number {
  const entitlements = licenseContext(target, app.clock.now())?.entitlements ?? []
  const prefix = ENTITLEMENT[what]
  const named = entitlements.findLast((entitlement) => entitlement.startsWith(prefix))
  const digits = named?.slice(prefix.length) ?? ''
  return /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : app.config.rates[what]
}
