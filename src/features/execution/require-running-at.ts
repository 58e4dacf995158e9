import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, requireIn, requireKnown } from '../../auth/authorize.ts'
import { notFound } from '../../lib/errors.ts'

/** FORBIDDEN unless the actor may run plugins at the site, NOT_FOUND where he may not see it. */
export async function requireRunningAt(app: App, actor: Actor, siteId: string): Promise<void> {
  requireKnown(actor)
  const site = await app.database.prisma.site.findUnique({
    where: { id: siteId },
    select: { organizationId: true },
  })
  if (site === null || !can(actor, 'tenancy:read', site.organizationId)) throw notFound('site')
  requireIn(actor, 'plugins:run', site.organizationId, 'site')
}
