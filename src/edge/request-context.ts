import type { Actor } from '../auth/actor.ts'
import { authenticate } from '../auth/authenticate.ts'
import type { App } from '../app.ts'
import { newId } from '../lib/ids.ts'

const PLATFORM = '*'

/** Who asks, by the same function for HTTP, SSE and WebSocket. UNAUTHENTICATED where key or token are not valid. */
export async function actorOf(app: App, authorization: string | null | undefined): Promise<Actor> {
  return await authenticate(app, authorization)
}

/** For whom somebody asks; the platform counts as one more organization. Nobody's where he is a stranger. */
export function organizationsOf({ grants }: Actor): string[] {
  return grants.map(({ organizationId }) => organizationId ?? PLATFORM)
}

/** An id that a client gave to its request, where it is one that can be logged; else a new one. */
export function requestIdOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : newId()
}
