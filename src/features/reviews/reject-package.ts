import { z } from 'zod'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { decide, packageForReview } from './decide.ts'

const Input = z.object({ reason: prose })

/** Refuses a package for good, with the reason that its publisher reads. Returns its id. */
export async function rejectPackage(
  app: App,
  actor: Actor,
  input: { packageId: string; reason: string },
): Promise<string> {
  const found = await packageForReview(app, actor, input.packageId)
  const { reason } = checkInput(Input, input)
  await decide(app, actor, found, {
    to: 'REJECTED',
    decision: 'REJECTED',
    event: 'package.rejected',
    comment: reason,
    data: { heldById: null, statusReason: reason },
  })
  return found.id
}
