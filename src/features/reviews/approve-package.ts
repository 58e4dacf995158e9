import { z } from 'zod'
import { change, type App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { by, type Actor } from '../../auth/actor.ts'
import { record } from '../../events/record.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import { packageScope } from '../packages/package-scope.ts'
import { refreshPlugin } from '../packages/refresh-plugin.ts'
import { signApproved } from '../packages/sign-approved.ts'
import { currentSigningKey } from '../signatures/signing-key.ts'
import { approvalsNeeded, approvalsOf, grantedByAll } from './approvals.ts'
import { addReview, changeOf, packageForReview, requireOther } from './decide.ts'
import { checkMove, lockPackage, movePackage } from './lifecycle.ts'

const Input = z.object({ comment: prose.optional() })

/** Permissions that a refusal repeats, and characters of each: enough to find the mistake by. */
const MAX_TOLD = 5
const MAX_TOLD_LENGTH = 64

export interface ApprovePackageInput {
  packageId: string
  comment?: string | undefined
  /** All that the manifest asks for where left out. */
  grantedPermissions?: string[] | undefined
}

/**
 * Lets a package be installed, with the permissions that are granted to it. One of HIGH risk is approved with the second
 * of two different reviewers, and is granted what both grant; until then it stays IN_REVIEW. Returns its id.
 */
export async function approvePackage(app: App, actor: Actor, input: ApprovePackageInput): Promise<string> {
  const found = await packageForReview(app, actor, input.packageId)
  requireOther(app, actor, found)
  const { comment } = checkInput(Input, input)
  const granted = grantedOf(found.manifest as unknown as Manifest, input.grantedPermissions)
  checkMove(found.status, 'APPROVED')
  const needed = approvalsNeeded(app, found.riskLevel)
  const at = app.clock.now()
  const reviewerId = actor.principalId
  const key = await currentSigningKey(app)
  const scope = { ...packageScope(found), ...by(actor), at }
  await change(app, async (tx) => {
    // Of two approvals at once, the second waits here and sees the first.
    await lockPackage(tx, found.id, found.status)
    const before = await approvalsOf(tx, found.id)
    if (before.some((approval) => approval.reviewerId === reviewerId)) throw again()
    const approvals = [...before, { reviewerId, granted }]
    await addReview(tx, found.id, {
      decision: 'APPROVED',
      reviewerId,
      comment,
      grantedPermissions: granted,
      at,
    })
    if (approvals.length < needed) {
      const counted = { approvals: approvals.length, needed }
      await record(tx, 'package.approval_given', { ...changeOf(found, found.status), ...counted }, scope)
      return
    }
    const grantedPermissions = grantedByAll(approvals)
    await movePackage(tx, found, {
      status: 'APPROVED',
      heldById: null,
      grantedPermissions,
    })
    await signApproved(tx, key, found.id)
    await refreshPlugin(tx, found.pluginId, at)
    const changed = {
      before: { status: found.status },
      after: { status: 'APPROVED', grantedPermissions },
    }
    const { checksum, riskLevel } = found
    const approved = { ...changeOf(found, 'APPROVED'), checksum, riskLevel, grantedPermissions }
    await record(tx, 'package.approved', approved, { ...scope, changed })
  })
  return found.id
}

function grantedOf(manifest: Manifest, wanted: string[] | undefined): string[] {
  const asked = manifest.permissions.map((request) => request.permission)
  const unasked = (wanted ?? []).filter((permission) => !asked.includes(permission))
  if (unasked.length === 0) return asked.filter((permission) => wanted?.includes(permission) ?? true)
  const told = unasked.slice(0, MAX_TOLD).map((permission) => permission.slice(0, MAX_TOLD_LENGTH))
  const message = `${manifest.id} does not ask for ${told.join(', ')}: grant of what it asks for.`
  throw new UserError('INVALID_INPUT', message, ['grantedPermissions'])
}

function again(): UserError {
  const message =
    'You have approved this package already: its risk is HIGH, so another reviewer must as well.'
  return new UserError('INVALID_STATE', message, ['packageId'])
}
