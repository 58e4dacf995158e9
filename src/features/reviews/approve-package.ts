import semver from 'semver'
import { z } from 'zod'
import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { Actor } from '../../auth/actor.ts'
import { checkInput, prose } from '../../lib/check-input.ts'
import { UserError } from '../../lib/errors.ts'
import type { Tx } from '../../platform/database.ts'
import { signApproved } from '../packages/sign-approved.ts'
import { decide, packageForReview } from './decide.ts'

const Input = z.object({ comment: prose.optional() })

export interface ApprovePackageInput {
  packageId: string
  comment?: string | undefined
  /** All that the manifest asks for where left out. */
  grantedPermissions?: string[] | undefined
}

/** Lets a package be installed, with the permissions that are granted to it. Returns its id. */
export async function approvePackage(app: App, actor: Actor, input: ApprovePackageInput): Promise<string> {
  const found = await packageForReview(app, actor, input.packageId)
  if (found.submittedById === actor.principalId && !app.config.allowSelfReview) {
    throw new UserError('SELF_REVIEW', 'You submitted this package yourself: somebody else must approve it.')
  }
  checkInput(Input, input)
  const manifest = found.manifest as unknown as Manifest
  const granted = grantedOf(manifest, input.grantedPermissions)
  await decide(app, actor, found, {
    to: 'APPROVED',
    decision: 'APPROVED',
    event: 'package.approved',
    comment: input.comment,
    data: { heldById: null, grantedPermissions: granted },
    also: async (tx, at) => {
      await signApproved(app, tx, found.id)
      await updatePlugin(tx, found.pluginId, at)
    },
  })
  return found.id
}

function grantedOf(manifest: Manifest, wanted: string[] | undefined): string[] {
  const asked = manifest.permissions.map((request) => request.permission)
  const unasked = (wanted ?? []).filter((permission) => !asked.includes(permission))
  if (unasked.length === 0) return wanted ?? asked
  throw new UserError('INVALID_INPUT', `${manifest.id} does not ask for ${unasked.join(', ')}.`, [
    'grantedPermissions',
  ])
}

/** The catalogue shows what the highest approved release says of itself; a prerelease only until there is a release. */
async function updatePlugin(tx: Tx, pluginId: string, at: Date): Promise<void> {
  // Two approvals of one plugin take their turns, so that the second one sees the first.
  await tx.$queryRaw`select id from plugin where id = ${pluginId}::uuid for update`
  const approved = await tx.package.findMany({
    where: { pluginId, status: 'APPROVED' },
    orderBy: { versionKey: 'desc' },
    select: { id: true, version: true },
  })
  const release = approved.find(({ version }) => semver.prerelease(version) === null)
  const shown = release ?? approved[0]
  if (shown === undefined) return
  const { manifest } = await tx.package.findUniqueOrThrow({
    where: { id: shown.id },
    select: { manifest: true },
  })
  const { name, description, author, keywords } = manifest as unknown as Manifest
  await tx.plugin.update({
    where: { id: pluginId },
    data: {
      latestPackageId: release?.id ?? null,
      name,
      description,
      author: author.name,
      keywords,
      updatedAt: at,
    },
    select: { id: true },
  })
}
