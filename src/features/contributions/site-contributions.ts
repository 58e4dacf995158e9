import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireKnown } from '../../auth/authorize.ts'
import { notFound } from '../../lib/errors.ts'
import { running, visibleInstallations } from '../installations/policy.ts'
import { inDependencyOrder } from '../invocations/target.ts'
import { visibleSites } from '../tenancy/policy.ts'
import { mergeContributions, type Contributions } from './merge-contributions.ts'

/** What all that runs at a site adds to the host there, merged; NOT_FOUND where the actor may not see the site. */
export async function siteContributions(app: App, actor: Actor, siteId: string): Promise<Contributions> {
  requireKnown(actor)
  const { prisma } = app.database
  const site = await prisma.site.findFirst({
    where: { AND: [{ id: siteId }, visibleSites(actor)] },
    select: { id: true },
  })
  if (site === null) throw notFound('site')
  const rows = await prisma.installation.findMany({
    where: { siteId, AND: [visibleInstallations(actor), running(app.clock.now())] },
    select: {
      pluginId: true,
      plugin: { select: { slug: true } },
      package: { select: { manifest: true, grantedPermissions: true } },
    },
  })
  const contributors = rows.map((row) => ({
    pluginId: row.pluginId,
    slug: row.plugin.slug,
    manifest: row.package.manifest as unknown as Manifest,
    granted: (row.package.grantedPermissions as string[] | null) ?? [],
  }))
  return mergeContributions(inDependencyOrder(contributors))
}
