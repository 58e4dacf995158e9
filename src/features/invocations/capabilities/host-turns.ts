import type { App } from '../../../app.ts'
import { createFairSlots, type FairSlots } from '../../../lib/fair-slots.ts'

/**
 * Host calls that a process carries out at once where our database does the work: it has ten connections, and a hundred
 * calls at once kept everybody else's requests waiting for one. How many wait is bounded by their invocations.
 */
const LIMITS = { places: 6, each: 4, waiting: Infinity }

const slotsOf = new WeakMap<App, FairSlots>()

/** Does the work when it is the organization's turn. Never to be used for what waits for another plugin. */
export async function inTurn<Done>(
  app: App,
  organizationId: string,
  signal: AbortSignal,
  work: () => Promise<Done>,
): Promise<Done> {
  const slots = slotsOf.get(app) ?? createFairSlots(LIMITS)
  slotsOf.set(app, slots)
  return await slots.run(organizationId, signal, work)
}
