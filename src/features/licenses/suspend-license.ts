import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { changeLicense } from './change-license.ts'
import { givenReason } from './given-reason.ts'
import { checkLicenseMove } from './license-moves.ts'

/** Takes a licence out of force until it is reinstated: what runs by it stops at once. */
export async function suspendLicense(
  app: App,
  actor: Actor,
  input: { licenseId: string; reason?: string | undefined },
): Promise<string> {
  return await changeLicense(app, actor, input.licenseId, 'license.suspended', (license) => {
    const reason = givenReason(input.reason)
    checkLicenseMove(license.status, 'SUSPENDED')
    return { change: { status: 'SUSPENDED', statusReason: reason }, payload: { reason } }
  })
}
