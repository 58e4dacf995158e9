import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { can, requireIn, requireKnown } from '../../auth/authorize.ts'
import { notFound } from '../../lib/errors.ts'

/** FORBIDDEN unless the actor may run plugins at the site, NOT_FOUND where he may not see it. */
export async function requireRunningAt(app: App, actor: Actor, siteId: string): Promise<void> {
  requireKnown(actor)
  // Every hook waits for this: SQL of our own takes half of the time that Prisma takes.
  const { rows } = await app.database.pool.query<{ organizationId: string }>({
    name: 'patchbay_site_organization',
    text: 'select organization_id as "organizationId" from site where id = $1',
    values: [siteId],
  })
  const organizationId = rows[0]?.organizationId
  if (organizationId === undefined || !can(actor, 'tenancy:read', organizationId)) throw notFound('site')
  requireIn(actor, 'plugins:run', organizationId, 'site')
}
