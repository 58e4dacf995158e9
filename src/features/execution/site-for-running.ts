import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, requireIn, requireKnown } from '../../auth/authorize.ts'
import { notFound } from '../../lib/errors.ts'

/** A site at which the actor may run plugins; NOT_FOUND where he may not see it. */
export async function siteForRunning(
  app: App,
  actor: Actor,
  siteId: string,
): Promise<{ id: string; organizationId: string }> {
  requireKnown(actor)
  const site = await app.database.prisma.site.findUnique({
    where: { id: siteId },
    select: { id: true, organizationId: true },
  })
  if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
  requireIn(actor, 'plugins:run', site.organizationId, 'site')
  return site
}
