import semver from 'semver'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, requireKnown } from '../../auth/authorize.ts'
import { notFound } from '../../lib/errors.ts'
import { CURRENT, visibleInstallations } from './policy.ts'
import { readCandidates } from './package-source.ts'

/** An installation that is not made for a host version. */
export interface HostIncompatibility {
  installationId: string
  /** `engines.host` of its package. */
  hostRange: string
  /** Whether it is not made for the present host either. */
  already: boolean
  message: string
}

/** What of a site is not made for a version of its host. */
export interface HostVersionCheck {
  incompatible: HostIncompatibility[]
}

/** What is installed at a site and is not made for a host version, by slug, before the site changes to it. */
export async function checkHostVersion(
  app: App,
  actor: Actor,
  siteId: string,
  hostVersion: string,
): Promise<HostVersionCheck> {
  requireKnown(actor)
  const { prisma } = app.database
  const site = await prisma.site.findUnique({
    where: { id: siteId },
    select: { organizationId: true, hostVersion: true },
  })
  if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
  const installations = await prisma.installation.findMany({
    where: { siteId, AND: [CURRENT, visibleInstallations(actor)] },
    select: { id: true, packageId: true },
    orderBy: [{ plugin: { slug: 'asc' } }],
  })
  const candidates = await readCandidates(
    app,
    installations.map((it) => it.packageId),
  )
  const byId = new Map(candidates.map((it) => [it.packageId, it]))
  const incompatible = installations.flatMap(({ id, packageId }) => {
    const { slug, version, hostRange } = byId.get(packageId)!
    if (isMadeFor(hostVersion, hostRange)) return []
    const message = `${slug} ${version} is made for hosts ${hostRange}, not for ${hostVersion}.`
    return [{ installationId: id, hostRange, already: !isMadeFor(site.hostVersion, hostRange), message }]
  })
  return { incompatible }
}

/** A host's prerelease counts by where it lies. */
function isMadeFor(hostVersion: string, range: string): boolean {
  return semver.satisfies(hostVersion, range, { includePrerelease: true })
}
