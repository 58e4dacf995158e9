import { performance, type EventLoopUtilization } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '../../app.ts'
import { MiB, seconds } from '../../lib/units.ts'
import type { PluginResult } from '../../runtime/plugin-call.ts'

/** Of its time, over the last moment: from here on the event loop of this process is busy, and others wait for it. */
const BUSY_FROM = 0.5
const MOMENT_MS = 100

/** Milliseconds of the loop, measured: a call of the host, a MiB of arguments and results, a MiB of log lines and its row. */
const MS_OF_HOST_CALL = 0.4
const MS_OF_MIB = 20
const MS_OF_LOGGED_MIB = 20
/** What a call may cost besides: ordinary ones never wait. */
const FREE_MS = 5

/** For each millisecond that its calls take, an organization leaves so many to the others. */
const LEAVES = 2
/** However much it has taken. */
const MOST_MS = seconds(1)

interface Share {
  looked: EventLoopUtilization
  lookedAt: number
  isBusy: boolean
  /** By `performance.now()`: until then an organization has had its part. */
  paidUntil: Map<string, number>
}

const shares = new WeakMap<App, Share>()

/**
 * Called when a call has ended and all is kept, before its caller is told. Where the event loop is busy, and this call cost it much (a
 * hundred host calls, megabytes), its organization leaves it to the others for a while: callers that never pause would keep each
 * step of all others waiting.
 */
export async function leaveRoom(app: App, organizationId: string, result: PluginResult): Promise<void> {
  const share = shareOf(app)
  const cost = costOf(result) - FREE_MS
  if (cost <= 0 || !share.isBusy) return
  const now = performance.now()
  for (const [whose, until] of share.paidUntil) if (until <= now) share.paidUntil.delete(whose)
  const from = share.paidUntil.get(organizationId) ?? now
  const until = Math.min(from + LEAVES * cost, now + MOST_MS)
  share.paidUntil.set(organizationId, until)
  await pause(until - now)
}

function costOf({ hostCalls, bytesOut, logs }: PluginResult): number {
  const logged = logs.reduce((sum, { message }) => sum + message.length, 0)
  return hostCalls * MS_OF_HOST_CALL + (bytesOut / MiB) * MS_OF_MIB + (logged / MiB) * MS_OF_LOGGED_MIB
}

function shareOf(app: App): Share {
  const known = shares.get(app)
  const now = performance.now()
  if (known === undefined) {
    const fresh = {
      looked: performance.eventLoopUtilization(),
      lookedAt: now,
      isBusy: false,
      paidUntil: new Map(),
    }
    shares.set(app, fresh)
    return fresh
  }
  if (now - known.lookedAt >= MOMENT_MS) {
    const looked = performance.eventLoopUtilization()
    known.isBusy = performance.eventLoopUtilization(looked, known.looked).utilization >= BUSY_FROM
    known.looked = looked
    known.lookedAt = now
  }
  return known
}
