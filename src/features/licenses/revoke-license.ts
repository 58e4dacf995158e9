import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { changeLicense } from './change-license.ts'
import { givenReason } from './given-reason.ts'
import { checkLicenseMove } from './license-moves.ts'

/** Ends a licence for good: what runs by it stops at once, and nothing brings it back. */
export async function revokeLicense(
  app: App,
  actor: Actor,
  input: { licenseId: string; reason?: string | undefined },
): Promise<string> {
  return await changeLicense(app, actor, input.licenseId, 'license.revoked', (license) => {
    const reason = givenReason(input.reason)
    checkLicenseMove(license.status, 'REVOKED')
    return { change: { status: 'REVOKED', statusReason: reason }, payload: { reason } }
  })
}
