import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { Actor } from '../../auth/actor.ts'
import type { FileChange } from '../../inspection/compare-files.ts'
import { manifestChanges, type ManifestChanges } from './manifest-changes.ts'
import { visiblePackages } from './policy.ts'

/** What a package changes, against the highest version below it that was approved and that the viewer may see. */
export interface PackageChanges extends ManifestChanges {
  packageId: string
  /** Null: there is none, and everything is new. */
  comparedToId: string | null
}

/** Compares a package with the version before, by their manifests. */
export async function comparePackage(app: App, actor: Actor, packageId: string): Promise<PackageChanges> {
  const after = await app.database.prisma.package.findUniqueOrThrow({
    where: { id: packageId },
    select: { manifest: true, pluginId: true, versionKey: true },
  })
  const before = await app.database.prisma.package.findFirst({
    where: {
      pluginId: after.pluginId,
      versionKey: { lt: after.versionKey },
      status: { in: ['APPROVED', 'REVOKED'] },
      // Where the platform publishes one plugin into several organizations' registries, each sees its own.
      AND: [visiblePackages(actor)],
    },
    orderBy: { versionKey: 'desc' },
    select: { id: true, manifest: true },
  })
  const changes = manifestChanges(
    (before?.manifest as unknown as Manifest | undefined) ?? null,
    after.manifest as unknown as Manifest,
  )
  return { ...changes, packageId, comparedToId: before?.id ?? null }
}

/** The files that changed, with unified diffs of texts; null where comparing them took too long. */
export async function compareFiles(app: App, changes: PackageChanges): Promise<FileChange[] | null> {
  const [before, after] = await Promise.all([
    changes.comparedToId === null ? null : bytesOf(app, changes.comparedToId),
    bytesOf(app, changes.packageId),
  ])
  return await app.inspector.compare(before, after, app.config.archiveLimits)
}

async function bytesOf(app: App, packageId: string): Promise<Uint8Array> {
  const { checksum, storage } = await app.database.prisma.package.findUniqueOrThrow({
    where: { id: packageId },
    select: { checksum: true, storage: true },
  })
  return await app.blobs.at(storage).get(checksum)
}
