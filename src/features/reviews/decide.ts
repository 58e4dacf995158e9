import { change, type App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireOnPlatform, requireSomewhere } from '../../auth/authorize.ts'
import type { EventType, PackageChanged } from '../../events/catalog.ts'
import { record } from '../../events/record.ts'
import type { PackageStatus, ReviewDecision } from '../../generated/prisma/enums.ts'
import { notFound } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { visiblePackages } from '../packages/policy.ts'
import { checkMove, movePackage } from './lifecycle.ts'

/** A package as a decision sees it. */
export interface ReviewedPackage {
  id: string
  pluginId: string
  version: string
  status: PackageStatus
  manifest: JsonValue
  submittedById: string | null
  slug: string
}

export interface Decision {
  to: 'IN_REVIEW' | 'APPROVED' | 'REJECTED'
  decision: ReviewDecision
  event: Extract<EventType, 'package.review_started' | 'package.approved' | 'package.rejected'>
  comment?: string | undefined
  /** What else changes on the package. */
  data?: { heldById?: string | null; statusReason?: string; grantedPermissions?: string[] }
  /** What else changes in the same transaction. */
  also?: (tx: Tx, at: Date) => Promise<void>
}

/** The package that a reviewer wants to decide about; NOT_FOUND where he may not see it, FORBIDDEN where he is none. */
export async function packageForReview(app: App, actor: Actor, packageId: string): Promise<ReviewedPackage> {
  requireSomewhere(actor, 'plugins:read')
  const found = await app.database.prisma.package.findFirst({
    where: { AND: [{ id: packageId }, visiblePackages(actor)] },
    select: {
      id: true,
      pluginId: true,
      version: true,
      status: true,
      manifest: true,
      submittedById: true,
      plugin: { select: { slug: true } },
    },
  })
  if (found === null) throw notFound('package')
  requireOnPlatform(actor, 'packages:review')
  return { ...found, manifest: found.manifest as JsonValue, slug: found.plugin.slug }
}

/** Writes a decision: the package's new state, the review, and the event, in one transaction. */
export async function decide(
  app: App,
  actor: Actor,
  found: ReviewedPackage,
  decision: Decision,
): Promise<void> {
  checkMove(found.status, decision.to)
  const at = app.clock.now()
  await change(app, async (tx) => {
    await movePackage(tx, found.id, found.status, { status: decision.to, ...decision.data })
    await tx.review.create({
      data: {
        id: newId(),
        packageId: found.id,
        decision: decision.decision,
        reviewerId: actor.principalId,
        comment: decision.comment ?? null,
        at,
      },
      select: { id: true },
    })
    await decision.also?.(tx, at)
    const payload: PackageChanged = {
      slug: found.slug,
      version: found.version,
      previousStatus: found.status,
      status: decision.to,
    }
    await record(tx, decision.event, payload, { subjectId: found.id, actorId: actor.principalId, at })
  })
}
