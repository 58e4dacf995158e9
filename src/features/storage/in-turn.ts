import type { App } from '../../app.ts'
import { createFairSlots, SlotsBusyError, type FairSlots } from '../../lib/fair-slots.ts'
import { BlobError, BlobStoreUnavailable } from '../../platform/blobs/blob-store.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'

/** Of ten connections that serve the graph as well. */
const PLACES = { places: 4, each: 2, waiting: 400 }

const slotsOf = new WeakMap<App, FairSlots>()

/**
 * Does what a plugin asks of its files or documents when it is its organization's turn: without turns, a plugin's flood would
 * take all connections from the graph.
 *
 * @throws {CapabilityError} BUSY, UNAVAILABLE
 */
export async function inTurn<T>(
  app: App,
  organizationId: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const slots = slotsOf.get(app) ?? createFairSlots(PLACES)
  slotsOf.set(app, slots)
  try {
    return await slots.run(organizationId, signal, work)
  } catch (error) {
    if (error instanceof SlotsBusyError) throw new CapabilityError('BUSY', error.message)
    if (!(error instanceof BlobStoreUnavailable || error instanceof BlobError)) throw error
    app.log.error(
      { organization: organizationId, reason: error.message },
      'files of plugins cannot be stored',
    )
    throw new CapabilityError('UNAVAILABLE', 'The store of the files does not answer now. Try again later.')
  }
}
