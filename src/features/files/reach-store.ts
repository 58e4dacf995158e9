import type { App } from '../../app.ts'
import { BlobError, BlobStoreUnavailable } from '../../platform/blobs/blob-store.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import type { Space } from '../storage/lock-storage.ts'

/**
 * Does what needs the store of the files; where that does not answer, the plugin is told so in its own words.
 *
 * @throws {CapabilityError} UNAVAILABLE
 */
export async function reachStore<T>(app: App, { organizationId }: Space, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof BlobStoreUnavailable || error instanceof BlobError)) throw error
    app.log.error(
      { organization: organizationId, reason: error.message },
      'files of plugins cannot be stored',
    )
    throw new CapabilityError('UNAVAILABLE', 'The store of the files does not answer now. Try again later.')
  }
}
