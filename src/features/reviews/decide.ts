import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { requireSomewhere } from '../../auth/authorize.ts'
import type { EventType, PackageChanged } from '../../events/catalog.ts'
import { record } from '../../events/record.ts'
import type { PackageStatus, RegistryType, ReviewDecision, RiskLevel } from '../../generated/prisma/enums.ts'
import { notFound, RequestError, UserError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { packageScope } from '../packages/package-scope.ts'
import { canReview, visiblePackages } from '../packages/policy.ts'
import { checkMove, movePackage } from './lifecycle.ts'

/** A package as a decision sees it. */
export interface ReviewedPackage {
  id: string
  pluginId: string
  version: string
  versionKey: string
  status: PackageStatus
  checksum: string
  manifest: JsonValue
  riskLevel: RiskLevel
  submittedById: string | null
  slug: string
  registry: { id: string; slug: string; type: RegistryType; organizationId: string | null }
}

/** A step of a review by which a package moves. */
export interface Decision {
  to: 'IN_REVIEW' | 'REJECTED'
  decision: ReviewDecision
  event: Extract<EventType, 'package.review_started' | 'package.rejected'>
  comment?: string | undefined
  /** What else changes on the package. */
  data?: { heldById?: string | null; statusReason?: string }
}

/** The package that a reviewer wants to decide about; NOT_FOUND where he may not see it, FORBIDDEN where he is none. */
export async function packageForReview(app: App, actor: Actor, packageId: string): Promise<ReviewedPackage> {
  const found = await seenPackage(app, actor, packageId)
  requireReviewer(actor, found.registry)
  return found
}

/** The package, where the actor sees it; else NOT_FOUND. */
export async function seenPackage(app: App, actor: Actor, packageId: string): Promise<ReviewedPackage> {
  requireSomewhere(actor, 'plugins:read')
  const found = await app.database.prisma.package.findFirst({
    where: { AND: [{ id: packageId }, visiblePackages(actor)] },
    select: {
      id: true,
      pluginId: true,
      version: true,
      versionKey: true,
      status: true,
      checksum: true,
      manifest: true,
      riskLevel: true,
      submittedById: true,
      plugin: { select: { slug: true } },
      registry: { select: { id: true, slug: true, type: true, organizationId: true } },
    },
  })
  if (found === null) throw notFound('package')
  const { plugin, ...rest } = found
  return { ...rest, manifest: found.manifest as JsonValue, slug: plugin.slug }
}

/** FORBIDDEN unless the actor decides about packages of that registry. */
export function requireReviewer(
  actor: Actor,
  registry: { slug: string; organizationId: string | null },
): void {
  if (canReview(actor, registry)) return
  throw new RequestError(
    'FORBIDDEN',
    `This needs the permission packages:review for the registry "${registry.slug}", which you do not have.`,
  )
}

/** SELF_REVIEW where somebody would let in what he submitted himself, unless the platform allows that. */
export function requireOther(app: App, actor: Actor, found: ReviewedPackage): void {
  if (found.submittedById !== actor.principalId || app.config.allowSelfReview) return
  const message =
    'You submitted this package yourself: somebody else must approve it, with a key of the role REVIEWER; ' +
    'a platform of one person sets PATCHBAY_ALLOW_SELF_REVIEW.'
  throw new UserError('SELF_REVIEW', message)
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
    await movePackage(tx, found, { status: decision.to, ...decision.data })
    await addReview(tx, found.id, { ...decision, reviewerId: actor.principalId, at })
    const scope = { ...packageScope(found), ...by(actor), at }
    await record(tx, decision.event, changeOf(found, decision.to), scope)
  })
}

/** Keeps a decision for ever. */
export async function addReview(
  tx: Tx,
  packageId: string,
  review: {
    decision: ReviewDecision
    reviewerId: string | null
    comment?: string | undefined
    grantedPermissions?: string[]
    at: Date
  },
): Promise<void> {
  const { decision, reviewerId, comment = null, grantedPermissions, at } = review
  await tx.review.create({
    data: {
      id: newId(),
      packageId,
      decision,
      reviewerId,
      comment,
      at,
      ...(grantedPermissions === undefined ? {} : { grantedPermissions }),
    },
    select: { id: true },
  })
}

/** What an event tells of a package that moves, or stays. */
export function changeOf(found: ReviewedPackage, status: PackageStatus): PackageChanged {
  return { slug: found.slug, version: found.version, previousStatus: found.status, status }
}
