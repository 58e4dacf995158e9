import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { changeLicense } from './change-license.ts'
import { checkLicenseMove } from './license-moves.ts'

/** Puts a suspended licence into force again: what is ACTIVE by it runs on. */
export async function reinstateLicense(
  app: App,
  actor: Actor,
  input: { licenseId: string },
): Promise<string> {
  return await changeLicense(app, actor, input.licenseId, 'license.reinstated', (license) => {
    // Where its expiry was told before it was suspended, it is not told again.
    const status = license.toldDays === 0 ? 'EXPIRED' : 'ACTIVE'
    checkLicenseMove(license.status, 'ACTIVE')
    return { change: { status, statusReason: null }, payload: {} }
  })
}
