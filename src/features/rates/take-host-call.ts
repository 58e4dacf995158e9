import type { App } from '../../app.ts'
import { perMinute, type RatedTarget } from './take-tokens.ts'

/** Tokens that a process takes at once are this part of a minute's: so much can lie unused in each when the minute ends. */
const PART = 100

interface Held {
  left: number
  /** Milliseconds since 1970: then the minute is over, and what is left worthless. */
  until: number
}

const held = new WeakMap<App, Map<string, Held>>()

/**
 * Takes one call of the host. There are many of them, so each process takes some ahead from the common count. Null where
 * it is granted, else the milliseconds to wait.
 */
export async function takeHostCall(app: App, target: RatedTarget): Promise<number | null> {
  const all = held.get(app) ?? new Map<string, Held>()
  held.set(app, all)
  const now = Date.now()
  const known = all.get(target.id)
  if (known !== undefined && known.left > 0 && now < known.until) {
    known.left -= 1
    return null
  }
  const limit = perMinute(app, target, 'hostCalls')
  const tokens = Math.max(1, Math.floor(limit / PART))
  const { granted, nextInMs } = await app.rates.take(`hostCalls ${target.id}`, limit, tokens)
  if (!granted) return nextInMs
  for (const [id, { until }] of all) if (until <= now) all.delete(id)
  // Another call of this process may have taken some meanwhile.
  const left = (all.get(target.id)?.left ?? 0) + tokens - 1
  all.set(target.id, { left, until: now + nextInMs })
  return null
}
