import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { decide, packageForReview } from './decide.ts'

/** Takes a package into review; the actor holds it from then on. Returns its id. */
export async function startReview(app: App, actor: Actor, packageId: string): Promise<string> {
  const found = await packageForReview(app, actor, packageId)
  await decide(app, actor, found, {
    to: 'IN_REVIEW',
    decision: 'STARTED',
    event: 'package.review_started',
    data: { heldById: actor.principalId },
  })
  return found.id
}
