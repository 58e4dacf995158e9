import type { License } from '../../../src/generated/prisma/client.ts'
import {
  drawLicenseKey,
  keyEndOf,
  licenseKeyHash,
  sealLicenseKey,
} from '../../../src/features/licenses/license-key.ts'
import { takeLicense, type TakenLicense } from '../../../src/features/licenses/take-license.ts'
import { change, type App } from '../../../src/app.ts'
import { newId } from '../../../src/lib/ids.ts'
import { sha256Hex } from '../../../src/platform/crypto.ts'
import { days } from '../../../src/lib/units.ts'
import { inTransaction } from '../../../src/platform/database.ts'

/** Rows that licences are about, written past the mutations: an organization, its sites, and versions of a plugin. */
export interface Shelf {
  organizationId: string
  /** By their number. */
  siteIds: string[]
  pluginId: string
  slug: string
  /** By version. */
  packageIds: Record<string, string>
}

let shelves = 0

/** Makes them; each version was released `agoDays` before now. */
export async function makeShelf(
  app: App,
  options: {
    sites?: number
    labels?: object
    plugin?: { licenseRequired?: boolean; perpetualFallback?: boolean; trialDays?: number }
    /** Days before now by version. */
    versions?: Record<string, number>
  } = {},
): Promise<Shelf> {
  const { prisma } = app.database
  const { sites = 1, labels = {}, plugin = {}, versions = { '1.0.0': 0 } } = options
  const now = app.clock.now()
  const slug = `shelf-${++shelves}`
  const organizationId = newId()
  const pluginId = newId()
  await prisma.organization.create({ data: { id: organizationId, slug, name: slug, createdAt: now } })
  const siteIds = Array.from({ length: sites }, () => newId())
  await prisma.site.createMany({
    data: siteIds.map((id, n) => ({
      id,
      organizationId,
      slug: `site-${n}`,
      name: `Site ${n}`,
      hostVersion: '2.0.0',
      labels,
      createdAt: now,
    })),
  })
  await prisma.plugin.create({
    data: {
      id: pluginId,
      slug,
      name: slug,
      description: '',
      type: 'WORKFLOW',
      author: 'A',
      keywords: [],
      createdAt: now,
      updatedAt: now,
      licenseRequired: true,
      ...plugin,
    },
  })
  const registry = await prisma.registry.findFirstOrThrow({
    where: { type: 'ENTERPRISE', organizationId: null },
  })
  const packageIds: Record<string, string> = {}
  for (const [version, agoDays] of Object.entries(versions)) {
    packageIds[version] = newId()
    await prisma.package.create({
      data: {
        id: packageIds[version],
        pluginId,
        registryId: registry.id,
        version,
        versionKey: version,
        status: 'APPROVED',
        format: 'ZIP',
        manifest: {},
        checksum: sha256Hex(newId()),
        size: 1,
        riskLevel: 'LOW',
        validation: {},
        submittedAt: new Date(now.getTime() - days(agoDays)),
      },
    })
  }
  return { organizationId, siteIds, pluginId, slug, packageIds }
}

/** Writes a licence as it is given. */
export async function putLicense(
  app: App,
  shelf: Pick<Shelf, 'pluginId' | 'organizationId'>,
  columns: Partial<License> = {},
): Promise<{ id: string; key: string }> {
  const id = newId()
  const key = drawLicenseKey()
  const now = app.clock.now()
  const { expiresAt = null, gracePeriodDays = 0 } = columns
  await app.database.prisma.license.create({
    data: {
      id,
      pluginId: shelf.pluginId,
      organizationId: shelf.organizationId,
      type: 'ENTERPRISE',
      status: 'ACTIVE',
      keyHash: licenseKeyHash(key)!,
      sealedKey: await inTransaction(app.database.prisma, (tx) => sealLicenseKey(tx, app, id, key)),
      keyEnd: keyEndOf(key),
      startsAt: new Date(now.getTime() - days(100)),
      certificate: '',
      createdAt: now,
      updatedAt: now,
      endsAt: expiresAt === null ? null : new Date(expiresAt.getTime() + days(gracePeriodDays)),
      ...columns,
    } as License,
  })
  return { id, key }
}

/** Takes a licence for a site of the shelf; in the end all is written. */
export async function take(
  app: App,
  shelf: Shelf,
  { site = 0, version = '1.0.0', licenseKey }: { site?: number; version?: string; licenseKey?: string } = {},
): Promise<TakenLicense | null> {
  const { organizationId, siteIds, pluginId, packageIds } = shelf
  return await change(app, (tx) =>
    takeLicense(tx, app, {
      pluginId,
      packageId: packageIds[version]!,
      site: { id: siteIds[site]!, organizationId },
      licenseKey,
    }),
  )
}

/** The code of the UserError that something ends with; null where it ends well. */
export async function codeOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work
    return null
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

/** The counter of a licence, and its seats as they are. */
export async function seatsOf(app: App, id: string): Promise<{ used: number; seats: number }> {
  const { usedInstallations: used, _count } = await app.database.prisma.license.findUniqueOrThrow({
    where: { id },
    select: { usedInstallations: true, _count: { select: { seats: true } } },
  })
  return { used, seats: _count.seats }
}
