import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireOnPlatform } from '../../auth/authorize.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import { BlobStoreUnavailable } from '../../platform/blobs/blob-store.ts'
import { MAIN_STORE } from '../../platform/blobs/stores.ts'

/** Where the archives of a registry lie, for people. */
export function locationOf(app: App, storage: string): string {
  return storage === MAIN_STORE ? app.blobs.main.location : storage
}

/**
 * A store as a registry keeps it, after it was tried. Only the platform's administrators name one: the service reaches
 * it under its own name. INVALID_INPUT where it is none, or cannot be written now.
 */
export async function storageFor(app: App, actor: Actor, location: string): Promise<string> {
  requireOnPlatform(actor, 'registries:manage')
  if (location === MAIN_STORE || location === locationOf(app, MAIN_STORE)) return MAIN_STORE
  const fault = app.blobs.whyNot(location)
  if (fault !== null) throw new UserError('INVALID_INPUT', `"${location}" ${fault}.`, ['storage'])
  try {
    await app.blobs.at(location).probe()
  } catch (error) {
    if (!(error instanceof BlobStoreUnavailable)) throw error
    app.log.warn(
      { location, reason: messageOf(error.cause) },
      'a store that a registry names cannot be written',
    )
    throw new UserError('INVALID_INPUT', `"${location}" cannot be written by the service.`, ['storage'])
  }
  return location
}
