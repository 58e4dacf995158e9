import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireKnown } from '../../auth/authorize.ts'
import type { PackageFormat } from '../../generated/prisma/enums.ts'
import { notFound } from '../../lib/errors.ts'
import { isUuid } from '../../lib/ids.ts'
import { inTransaction } from '../../platform/database.ts'
import { packageFileName } from './package-file.ts'
import { canReview, visiblePackages } from './policy.ts'
import { RevokedError } from './verify-approved.ts'

/** An archive that the actor may have; nothing of it is read yet. */
export interface PackageDownload {
  fileName: string
  format: PackageFormat
  /** SHA-256, hex. */
  checksum: string
  /** Bytes. */
  size: number
  /**
   * The archive, held against its checksum.
   *
   * @throws {BlobError} where it is missing or was changed in its store
   * @throws {BlobStoreUnavailable}
   */
  read(): Promise<Uint8Array>
  /** Adds one to the downloads of the package and of its plugin. */
  count(): Promise<void>
}

/**
 * Finds the archive of a package by its id and file name; another name than its own is NOT_FOUND. UNAUTHENTICATED for
 * strangers. Throws RevokedError where it was revoked and the actor does not decide about packages there.
 */
export async function downloadPackage(
  app: App,
  actor: Actor,
  { packageId, fileName }: { packageId: string; fileName: string },
): Promise<PackageDownload> {
  requireKnown(actor)
  const found = isUuid(packageId) ? await findPackage(app, actor, packageId) : null
  if (found === null || packageFileName(found) !== fileName) throw notFound('package')
  if (found.status === 'REVOKED' && !canReview(actor, found.registry)) {
    throw new RevokedError(`${found.plugin.slug} ${found.version} was revoked: ${found.statusReason ?? ''}`)
  }
  const { format, checksum, size } = found
  return {
    fileName,
    format,
    checksum,
    size,
    read: async () => await app.blobs.at(found.storage).get(checksum),
    count: () => countDownload(app, packageId, found.pluginId),
  }
}

async function findPackage(app: App, actor: Actor, id: string) {
  return await app.database.prisma.package.findFirst({
    where: { AND: [{ id }, visiblePackages(actor)] },
    select: {
      pluginId: true,
      version: true,
      format: true,
      status: true,
      statusReason: true,
      checksum: true,
      size: true,
      storage: true,
      plugin: { select: { slug: true } },
      registry: { select: { organizationId: true } },
    },
  })
}

/** The package before its plugin, as the trigger that counts installations takes them: the other order deadlocks. */
async function countDownload(app: App, packageId: string, pluginId: string): Promise<void> {
  const data = { downloadCount: { increment: 1 } }
  await inTransaction(app.database.prisma, async (tx) => {
    await tx.package.updateMany({ where: { id: packageId }, data })
    await tx.plugin.updateMany({ where: { id: pluginId }, data })
  })
}
