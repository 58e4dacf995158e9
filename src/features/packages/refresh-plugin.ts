import semver from 'semver'
import type { Manifest } from '../../archive/manifest.ts'
import type { Tx } from '../../platform/database.ts'

/**
 * Brings a plugin's entry in the catalogue up to date with its packages, in the transaction that changed one of them:
 * `latestPackage` is the highest approved release that is not yanked, of the platform's ENTERPRISE registries, or where
 * there is none there, of any. What the plugin says of itself comes from what everybody may read, where there is any;
 * from a prerelease only until there is a release.
 */
export async function refreshPlugin(tx: Tx, pluginId: string, at: Date): Promise<void> {
  // Two decisions about one plugin take their turns, so that the second one sees the first.
  await tx.$queryRaw`select id from plugin where id = ${pluginId}::uuid for no key update`
  const approved = await tx.package.findMany({
    where: { pluginId, status: 'APPROVED', yankedAt: null },
    orderBy: { versionKey: 'desc' },
    select: { id: true, version: true, registry: { select: { type: true, organizationId: true } } },
  })
  const everybodys = approved.filter(
    ({ registry }) => registry.type === 'ENTERPRISE' && registry.organizationId === null,
  )
  const latest = everybodys.find(isRelease) ?? approved.find(isRelease)
  const shown = everybodys.find(isRelease) ?? everybodys[0] ?? latest ?? approved[0]
  await tx.plugin.update({
    where: { id: pluginId },
    data: {
      latestPackageId: latest?.id ?? null,
      ...(shown === undefined ? {} : await wordsOf(tx, shown.id)),
      updatedAt: at,
    },
    select: { id: true },
  })
}

function isRelease({ version }: { version: string }): boolean {
  return semver.prerelease(version) === null
}

async function wordsOf(tx: Tx, packageId: string) {
  const { manifest } = await tx.package.findUniqueOrThrow({
    where: { id: packageId },
    select: { manifest: true },
  })
  const { name, description, author, keywords } = manifest as unknown as Manifest
  return { name, description, author: author.name, keywords }
}
