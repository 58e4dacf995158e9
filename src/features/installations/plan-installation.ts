import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import { installableAt } from '../packages/policy.ts'
import { CURRENT } from './policy.ts'
import { resolvePlan, type Candidate, type Installed, type Plan } from './resolve-plan.ts'

const PACKAGE = {
  id: true,
  pluginId: true,
  version: true,
  manifest: true,
  plugin: { select: { slug: true } },
  dependencies: { select: { slug: true, range: true, optional: true } },
} as const

/** What installing a package at a site would do, read from the registry a plugin at a time. */
export async function planInstallation(
  app: App,
  site: { id: string; organizationId: string; hostVersion: string },
  packageId: string,
): Promise<Plan> {
  const { prisma } = app.database
  const [root, there] = await Promise.all([
    prisma.package.findUniqueOrThrow({ where: { id: packageId }, select: PACKAGE }),
    prisma.installation.findMany({
      where: { siteId: site.id, AND: [CURRENT] },
      select: { id: true, package: { select: { ...PACKAGE, status: true } } },
    }),
  ])
  const known = new Map<string, Promise<readonly Candidate[]>>()
  const candidatesOf = (slug: string): Promise<readonly Candidate[]> => {
    const found = known.get(slug) ?? loadCandidates(app, site, slug)
    known.set(slug, found)
    return found
  }
  const installed: Installed[] = there.map((row) => ({
    ...toCandidate(row.package),
    installationId: row.id,
    revoked: row.package.status === 'REVOKED',
  }))
  return await resolvePlan({
    root: toCandidate(root),
    hostVersion: site.hostVersion,
    installed,
    candidatesOf,
  })
}

async function loadCandidates(
  app: App,
  site: { id: string; organizationId: string },
  slug: string,
): Promise<Candidate[]> {
  const rows = await app.database.prisma.package.findMany({
    where: { plugin: { slug, enabled: true }, AND: [installableAt(site)] },
    orderBy: { versionKey: 'desc' },
    select: PACKAGE,
  })
  return rows.map(toCandidate)
}

function toCandidate(row: {
  id: string
  pluginId: string
  version: string
  manifest: unknown
  plugin: { slug: string }
  dependencies: { slug: string; range: string; optional: boolean }[]
}): Candidate {
  return {
    packageId: row.id,
    pluginId: row.pluginId,
    slug: row.plugin.slug,
    version: row.version,
    hostRange: (row.manifest as Manifest).engines.host,
    dependencies: row.dependencies,
  }
}
