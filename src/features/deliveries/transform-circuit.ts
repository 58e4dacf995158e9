import type { App } from '../../app.ts'
import { seconds } from '../../lib/units.ts'
import type { InvocationOutcome } from '../../runtime/plugin-call.ts'
import { DeliveryWaits } from './delivery-waits.ts'

/** The transform of an organization's own webhook: another text begins anew. */
interface OwnTransform {
  webhookId: string
  /** Of its text. */
  digest: string
}

/** One that took the machine's time and a process of the sandbox for nothing, in this process; milliseconds since 1970. */
interface Failing {
  digest: string
  failures: number
  since: number
  /** 0 where it is not left alone. */
  openUntil: number
  /** The one run that tries it has until then. */
  trialUntil: number
}

/** Ends that cost much. A transform that throws costs nothing, and may work for the next event. */
const COSTLY: ReadonlySet<InvocationOutcome> = new Set(['TIMEOUT', 'OUT_OF_MEMORY', 'CRASHED'])

/** Deliveries that waited for the same moment come within so long after it. */
const SPREAD_MS = seconds(5)

/** In this process: what it guards is this machine. Holds what has failed within the circuit's times. */
const failing = new WeakMap<App, Map<string, Failing>>()

/**
 * Lets a transform run, unless it ended badly too often in a row (`PLUGIN_CIRCUIT_…`, as for an installation): then only one run
 * tries it at a time.
 *
 * @throws {DeliveryWaits} where it is left alone
 */
export function admitTransform(app: App, { webhookId, digest }: OwnTransform): void {
  const it = failing.get(app)?.get(webhookId)
  if (it === undefined || it.digest !== digest || it.openUntil === 0) return
  const now = app.clock.now().getTime()
  const until = Math.max(it.openUntil, it.trialUntil)
  if (now < until) throw new DeliveryWaits(until - now + Math.round(Math.random() * SPREAD_MS))
  it.trialUntil = now + app.config.plugins.timeoutMs + SPREAD_MS
}

/** Counts how a run of it ended. Returns until when it is left alone because of that; null where it is not. */
export function noteTransform(
  app: App,
  { webhookId, digest }: OwnTransform,
  outcome: InvocationOutcome,
): Date | null {
  const all = failing.get(app) ?? new Map<string, Failing>()
  failing.set(app, all)
  if (!COSTLY.has(outcome)) {
    all.delete(webhookId)
    return null
  }
  const { failures: most, withinMs, openMs } = app.config.plugins.circuit
  const now = app.clock.now().getTime()
  for (const [id, it] of all) if (now > Math.max(it.since, it.openUntil) + withinMs) all.delete(id)
  const known = all.get(webhookId)
  const { failures, since } = known?.digest === digest ? known : { failures: 0, since: now }
  const openUntil = failures + 1 >= most ? now + openMs : 0
  all.set(webhookId, { digest, failures: failures + 1, since, openUntil, trialUntil: 0 })
  return openUntil === 0 ? null : new Date(openUntil)
}
