import semver from 'semver'
import type { Manifest } from '../../archive/manifest.ts'
import type { PackageStatus } from '../../generated/prisma/enums.ts'
import type { Tx } from '../../platform/database.ts'
import { PLUGIN_TYPES } from './plugin-types.ts'
import type { RegistryPlace } from './policy.ts'

/**
 * Brings a plugin's entry in the catalogue up to date with its packages, in the transaction that changed one of them:
 * `latestPackage` is the highest approved release that is not yanked, of the platform's ENTERPRISE registries, or where
 * there is none there, of any. What the plugin says of itself comes from what everybody may read, where there is any:
 * also from what was yanked or revoked there, before it repeats a version that others may not see. It comes from a
 * prerelease only until there is a release.
 */
export async function refreshPlugin(tx: Tx, pluginId: string, at: Date): Promise<void> {
  // Two decisions about one plugin take their turns, so that the second one sees the first.
  await tx.$queryRaw`select id from plugin where id = ${pluginId}::uuid for no key update`
  const letIn = await tx.package.findMany({
    where: { pluginId, status: { in: ['APPROVED', 'REVOKED'] } },
    orderBy: { versionKey: 'desc' },
    select: {
      id: true,
      version: true,
      status: true,
      yankedAt: true,
      registry: { select: { type: true, organizationId: true } },
    },
  })
  const everybodys = letIn.filter(isEverybodys)
  const inUse = letIn.filter(isInUse)
  const latest = inUse.filter(isEverybodys).find(isRelease) ?? inUse.find(isRelease)
  const shown = bestKnown(everybodys.length > 0 ? everybodys : letIn)
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

interface LetIn {
  id: string
  version: string
  status: PackageStatus
  yankedAt: Date | null
  registry: RegistryPlace
}

function isEverybodys({ registry }: LetIn): boolean {
  return registry.type === 'ENTERPRISE' && registry.organizationId === null
}

function isInUse({ status, yankedAt }: LetIn): boolean {
  return status === 'APPROVED' && yankedAt === null
}

function isRelease({ version }: LetIn): boolean {
  return semver.prerelease(version) === null
}

/** By which a plugin is known best: what is in use, else what was only yanked, else what was revoked. */
function bestKnown(packages: readonly LetIn[]): LetIn | undefined {
  const approved = packages.filter(({ status }) => status === 'APPROVED')
  const [first] = [packages.filter(isInUse), approved, packages].filter((those) => those.length > 0)
  return first?.find(isRelease) ?? first?.[0]
}

async function wordsOf(tx: Tx, packageId: string) {
  const { manifest } = await tx.package.findUniqueOrThrow({
    where: { id: packageId },
    select: { manifest: true },
  })
  const { name, description, type, author, keywords } = manifest as unknown as Manifest
  return { name, description, type: PLUGIN_TYPES[type], author: author.name, keywords }
}
