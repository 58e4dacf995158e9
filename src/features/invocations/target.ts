import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import type { InstallationStatus } from '../../generated/prisma/enums.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { CIRCUIT, type Circuit } from '../circuits/circuit.ts'
import { countingSettings, globalLevel, siteLevel, type SettingsLevel } from '../settings/levels.ts'
import { organizationLevels } from '../settings/organization-levels.ts'

import { SHOWN_TO_PLUGINS, type ShownLicense } from '../licenses/license-context.ts'

/** An installation with all that running its code needs. */
export interface Target {
  id: string
  organizationId: string
  siteId: string
  pluginId: string
  packageId: string
  status: InstallationStatus
  slug: string
  version: string
  /** SHA-256 of the archive, hex. */
  checksum: string
  /** The store that holds its bytes. */
  storage: string
  manifest: Manifest
  /** Permissions that the review granted. */
  granted: string[]
  organization: { id: string; slug: string; name: string }
  site: { id: string; slug: string; name: string; hostVersion: string; labels: JsonValue }
  /** By which it runs. */
  license: ShownLicense | null
  /** Its version stays usable after the licence ended. */
  perpetual: boolean
  /** The site's own settings, as they were given. */
  configuration: JsonValue
  /** Null where it has not failed lately. */
  circuit: Circuit | null
  /** What counts of the levels of settings: global, organization, site. */
  settingsLevels: JsonObject[]
}

const SELECT = {
  id: true,
  organizationId: true,
  siteId: true,
  pluginId: true,
  packageId: true,
  status: true,
  configuration: true,
  perpetual: true,
  circuit: { select: CIRCUIT },
  license: { select: SHOWN_TO_PLUGINS },
  organization: { select: { id: true, slug: true, name: true } },
  site: { select: { id: true, slug: true, name: true, hostVersion: true, labels: true } },
  plugin: { select: { slug: true, settings: true, lockedSettings: true } },
  package: {
    select: { version: true, checksum: true, storage: true, manifest: true, grantedPermissions: true },
  },
} as const

/** An installation as its row was selected. */
export type TargetRow = Prisma.InstallationGetPayload<{ select: typeof SELECT }>

/** An installation that a condition covers, or null. */
export async function loadTarget(app: App, where: Prisma.InstallationWhereInput): Promise<Target | null> {
  const row = await app.database.prisma.installation.findFirst({ where, select: SELECT })
  if (row === null) return null
  const [organizationLevel] = await organizationLevels(app.database.prisma, [row])
  return targetOf(row, organizationLevel!)
}

/** @param organizationLevel what the organization says of the plugin's settings */
export function targetOf(row: TargetRow, organizationLevel: SettingsLevel): Target {
  return {
    id: row.id,
    organizationId: row.organizationId,
    siteId: row.siteId,
    pluginId: row.pluginId,
    packageId: row.packageId,
    status: row.status,
    slug: row.plugin.slug,
    version: row.package.version,
    checksum: row.package.checksum,
    storage: row.package.storage,
    manifest: row.package.manifest as unknown as Manifest,
    granted: (row.package.grantedPermissions as string[] | null) ?? [],
    organization: row.organization,
    site: { ...row.site, labels: row.site.labels as JsonValue },
    license: row.license,
    perpetual: row.perpetual,
    circuit: row.circuit,
    configuration: row.configuration as JsonValue,
    settingsLevels: countingSettings([globalLevel(row.plugin), organizationLevel, siteLevel(row)]),
  }
}

/** In the order in which handlers run: what is needed before what needs it, else by plugin id. */
export function inDependencyOrder<T extends Pick<Target, 'slug' | 'manifest'>>(targets: readonly T[]): T[] {
  const bySlug = new Map(targets.map((target) => [target.slug, target]))
  const ordered: T[] = []
  const seen = new Set<string>()
  const visit = (target: T): void => {
    if (seen.has(target.slug)) return
    seen.add(target.slug)
    const { dependencies, optionalDependencies } = target.manifest
    for (const slug of Object.keys({ ...dependencies, ...optionalDependencies }).sort()) {
      const needed = bySlug.get(slug)
      if (needed !== undefined) visit(needed)
    }
    ordered.push(target)
  }
  for (const slug of [...bySlug.keys()].sort()) visit(bySlug.get(slug)!)
  return ordered
}
