import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireOnPlatform } from '../../auth/authorize.ts'
import { UserError } from '../../lib/errors.ts'
import { BlobStoreUnavailable } from '../../platform/blobs/blob-store.ts'
import { MAIN_STORE } from '../../platform/blobs/stores.ts'

/** Bucket names have 63 characters, and object names 1,024: a refusal repeats no more than could be one. */
const MAX_LOCATION = 2_000

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
  if (location.length > MAX_LOCATION) {
    throw new UserError('INVALID_INPUT', `storage has at most ${MAX_LOCATION} characters.`, ['storage'])
  }
  if (location === MAIN_STORE || location === locationOf(app, MAIN_STORE)) return MAIN_STORE
  const fault = app.blobs.whyNot(location)
  if (fault !== null) throw new UserError('INVALID_INPUT', `"${location}" ${fault}.`, ['storage'])
  const store = app.blobs.at(location)
  if (store === app.blobs.main) return MAIN_STORE
  try {
    await store.probe()
  } catch (error) {
    if (error instanceof BlobStoreUnavailable)
      throw new UserError('INVALID_INPUT', error.message, ['storage'])
    throw error
  }
  return store.location
}
