import type { Actor } from '../auth/actor.ts'
import type { App } from '../app.ts'
import type { Loaders } from './loaders.ts'

/** What every resolver gets. */
export interface Context {
  readonly app: App
  readonly actor: Actor
  readonly requestId: string
  readonly loaders: Loaders
  /** Aborts when the client is gone, its key is revoked, or the server stops. */
  readonly signal: AbortSignal
  /** Takes one of the streams that this connection and principal may have open; returns what gives it back. */
  readonly takeStream: () => () => void
}
