import { change, type App } from '../../app.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { actorsNow } from '../../auth/authenticate.ts'
import { record } from '../../events/record.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import { ENTERPRISE_REGISTRY } from '../packages/open-registry.ts'
import { canReview, visibleRegistries } from '../packages/policy.ts'
import { packageScope } from '../packages/package-scope.ts'
import { refreshPlugin } from '../packages/refresh-plugin.ts'
import { approvalsNeeded, approvalsOf } from './approvals.ts'
import {
  addReview,
  changeOf,
  requireOther,
  requireReviewer,
  seenPackage,
  type ReviewedPackage,
} from './decide.ts'
import { lockPackage } from './lifecycle.ts'

interface Target {
  id: string
  slug: string
  organizationId: string | null
}

/**
 * Takes an approved package from a DEVELOPER registry into an ENTERPRISE one (the platform's where none is named), as it
 * is: id, bytes, report, reviews and grants stay. One of HIGH risk needs two reviewers of the target: who promotes it,
 * and one who approved or promoted it before. Returns its id.
 */
export async function promotePackage(
  app: App,
  actor: Actor,
  input: { packageId: string; registryId?: string | undefined },
): Promise<string> {
  const found = await seenPackage(app, actor, input.packageId)
  const target = await targetOf(app, actor, found, input.registryId)
  requireReviewer(actor, target)
  requireOther(app, actor, found)
  checkState(found)
  const at = app.clock.now()
  const needed = approvalsNeeded(app, found.riskLevel)
  const comment = `promoted from ${found.registry.slug} to ${target.slug}`
  const scope = { ...packageScope(found), ...by(actor), at }
  await change(app, async (tx) => {
    await lockPackage(tx, found.id, 'APPROVED')
    const before = await reviewersOf(tx, app, found, target)
    const given = new Set([...before, actor.principalId]).size
    if (given < needed && before.has(actor.principalId)) throw again()
    await addReview(tx, found.id, { decision: 'APPROVED', reviewerId: actor.principalId, comment, at })
    if (given < needed) {
      const counted = { approvals: given, needed }
      await record(tx, 'package.approval_given', { ...changeOf(found, 'APPROVED'), ...counted }, scope)
      return
    }
    const { count } = await tx.package.updateMany({
      where: { id: found.id, registryId: found.registry.id },
      data: { registryId: target.id },
    })
    if (count === 0) throw new UserError('INVALID_STATE', 'It was just promoted by somebody else.')
    await refreshPlugin(tx, found.pluginId, at)
    const way = { from: found.registry.slug, to: target.slug }
    const changed = { before: { registry: way.from }, after: { registry: way.to } }
    await record(tx, 'package.promoted', { ...changeOf(found, 'APPROVED'), ...way }, { ...scope, changed })
  })
  return found.id
}

function again(): UserError {
  const message =
    'You have approved this package already: its risk is HIGH, so another reviewer of the target must promote it.'
  return new UserError('INVALID_STATE', message, ['packageId'])
}

async function targetOf(
  app: App,
  actor: Actor,
  found: ReviewedPackage,
  registryId: string | undefined,
): Promise<Target> {
  const named = registryId === undefined ? { slug: ENTERPRISE_REGISTRY } : { id: registryId }
  const target = await app.database.prisma.registry.findFirst({
    where: { AND: [named, visibleRegistries(actor)] },
    select: { id: true, slug: true, type: true, organizationId: true, isActive: true },
  })
  if (target === null) throw notFound('registry')
  const { organizationId } = target
  const reachable = organizationId === null || organizationId === found.registry.organizationId
  if (target.type !== 'ENTERPRISE' || !reachable) {
    const message =
      "A package is promoted into the platform's ENTERPRISE registry, or its own organization's."
    throw new UserError('INVALID_INPUT', message, ['registryId'])
  }
  if (!target.isActive) {
    throw new UserError('INVALID_STATE', 'This registry takes no packages now.', ['registryId'])
  }
  return target
}

function checkState({ slug, version, status, registry }: ReviewedPackage): void {
  const field = ['packageId']
  if (registry.type !== 'DEVELOPER') {
    const message = `${slug} ${version} is in the registry "${registry.slug}": only what is in a DEVELOPER registry is promoted.`
    throw new UserError('INVALID_STATE', message, field)
  }
  if (status === 'REVOKED') throw new UserError('REVOKED', `${slug} ${version} was revoked.`, field)
  if (status !== 'APPROVED') {
    throw new UserError(
      'NOT_APPROVED',
      `${slug} ${version} is ${status}: only approved packages are promoted.`,
      field,
    )
  }
}

/** Who has approved it, or called for its promotion, and decides in the target registry now; not the submitter. */
async function reviewersOf(
  tx: Tx,
  app: App,
  found: ReviewedPackage,
  target: Target,
): Promise<Set<string | null>> {
  const approvals = await approvalsOf(tx, found.id)
  const ids = approvals.map(({ reviewerId }) => reviewerId).filter((id) => id !== null)
  // By the transaction's own connection: those that each wait for another would hold all of them.
  const actors = await actorsNow({ prisma: tx }, app.clock, ids)
  const others = ids.filter((id) => id !== found.submittedById || app.config.allowSelfReview)
  return new Set(others.filter((id) => actors.has(id) && canReview(actors.get(id)!, target)))
}
