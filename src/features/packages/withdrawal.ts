import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireSomewhere } from '../../auth/authorize.ts'
import type { PackageChanged } from '../../events/catalog.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { notFound, RequestError, UserError } from '../../lib/errors.ts'
import { canPublish, canReview, visiblePackages } from './policy.ts'

/** A package that its publisher wants to deprecate or yank. */
export interface OwnPackage {
  id: string
  pluginId: string
  yankedAt: Date | null
  yankReason: string | null
  /** Why it should not be used any more. */
  deprecated: string | null
  replacement: { slug: string } | null
  registry: { id: string; organizationId: string | null }
  /** What the events of a package that stays APPROVED tell. */
  unmoved: PackageChanged
}

/**
 * An approved package that the actor may deprecate and yank: its plugin's publishers may, and who decides about it.
 * NOT_FOUND where he may not see it, FORBIDDEN where he may only see it, INVALID_STATE where it is not APPROVED.
 */
export async function ownApprovedPackage(app: App, actor: Actor, packageId: string): Promise<OwnPackage> {
  requireSomewhere(actor, 'plugins:read')
  const found = await app.database.prisma.package.findFirst({
    where: { AND: [{ id: packageId }, visiblePackages(actor)] },
    select: {
      id: true,
      pluginId: true,
      version: true,
      status: true,
      yankedAt: true,
      yankReason: true,
      deprecated: true,
      replacement: { select: { slug: true } },
      plugin: { select: { slug: true, ownerId: true } },
      registry: { select: { id: true, type: true, organizationId: true } },
    },
  })
  if (found === null) throw notFound('package')
  const { plugin, registry, status, version } = found
  if (!canPublish(actor, plugin.ownerId, registry) && !canReview(actor, registry)) {
    throw new RequestError('FORBIDDEN', `Only its publishers and reviewers may do this to ${plugin.slug}.`)
  }
  if (status !== 'APPROVED') {
    throw new UserError('INVALID_STATE', `${plugin.slug} ${version} is ${status}, not APPROVED.`, [
      'packageId',
    ])
  }
  return { ...found, unmoved: { slug: plugin.slug, version, previousStatus: status, status } }
}

/** The package as it was seen: not revoked since, nor taken to another registry, where others may withdraw it. */
export function stillThere({ id, registry }: OwnPackage): Prisma.PackageWhereInput {
  return { id, status: 'APPROVED', registryId: registry.id }
}

/** CONFLICT: it was revoked, promoted or withdrawn by somebody else meanwhile. */
export function overtaken(): RequestError {
  return new RequestError('CONFLICT', 'Somebody else has just changed this package: read it again.')
}
