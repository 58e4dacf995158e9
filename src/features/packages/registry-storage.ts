import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireOnPlatform } from '../../auth/authorize.ts'
import { UserError } from '../../lib/errors.ts'

/** How `Registry.storage` and `Package.storage` name the platform's own store. */
export const MAIN_STORAGE = 'main'

/** Where the archives of a registry lie, for people. */
export function locationOf(app: App, storage: string): string {
  return storage === MAIN_STORAGE ? app.blobs.kind : storage
}

/**
 * A store as a registry keeps it, after it was tried. Only the platform's administrators name one: the service reaches
 * it under its own name. INVALID_INPUT where it is none, or cannot be written now.
 */
export async function storageFor(app: App, actor: Actor, location: string): Promise<string> {
  requireOnPlatform(actor, 'registries:manage')
  if (location === MAIN_STORAGE || location === locationOf(app, MAIN_STORAGE)) return MAIN_STORAGE
  throw new UserError('INVALID_INPUT', `"${location}" is no store that can be used.`, ['storage'])
}
