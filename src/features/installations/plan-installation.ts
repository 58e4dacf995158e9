import type { App } from '../../app.ts'
import { packageSource, readCandidates } from './package-source.ts'
import { CURRENT } from './policy.ts'
import type { Installed, Plan } from './resolver/plan.ts'
import { resolvePlan } from './resolver/resolve-plan.ts'

/** Where it is to be installed. */
export interface PlanSite {
  id: string
  organizationId: string
  hostVersion: string
}

/** What installing a package at a site would do, by what is installed there and what its registries have. */
export async function planInstallation(
  app: App,
  site: PlanSite,
  packageId: string,
  { includeOptional }: { includeOptional?: boolean | undefined } = {},
): Promise<Plan> {
  const there = await app.database.prisma.installation.findMany({
    where: { siteId: site.id, AND: [CURRENT] },
    select: { id: true, packageId: true, package: { select: { status: true } } },
  })
  const candidates = await readCandidates(app, [packageId, ...there.map((row) => row.packageId)])
  const byId = new Map(candidates.map((it) => [it.packageId, it]))
  const installed: Installed[] = there.map((row) => ({
    ...byId.get(row.packageId)!,
    installationId: row.id,
    revoked: row.package.status === 'REVOKED',
  }))
  return await resolvePlan({
    root: byId.get(packageId)!,
    hostVersion: site.hostVersion,
    installed,
    source: packageSource(app, site),
    includeOptional,
  })
}
