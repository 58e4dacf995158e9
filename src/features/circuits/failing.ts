import type { App } from '../../app.ts'

/**
 * Installations that this process has seen fail since they last worked: their next success has something to take back,
 * though its call was on its way before the failure was written. Holds as many as fail at once.
 */
const failing = new WeakMap<App, Set<string>>()

/** Notes that an installation has failed. */
export function rememberFailing(app: App, installationId: string): void {
  const known = failing.get(app) ?? new Set<string>()
  failing.set(app, known.add(installationId))
}

/** Whether it had. */
export function forgetFailing(app: App, installationId: string): boolean {
  return failing.get(app)?.delete(installationId) ?? false
}
