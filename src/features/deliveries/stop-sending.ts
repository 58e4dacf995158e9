import type { App } from '../../app.ts'

const sending = new WeakMap<App, AbortController>()

/** Aborted when this process does not wait any longer for answers. */
export function sendingSignal(app: App): AbortSignal {
  const known = sending.get(app) ?? new AbortController()
  sending.set(app, known)
  return known.signal
}

/** Breaks off what waits for an answer: it is tried again by another worker, and no attempt is counted. */
export function stopSending(app: App): void {
  sending.get(app)?.abort()
  sending.delete(app)
}
