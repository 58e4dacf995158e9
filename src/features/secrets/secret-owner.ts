import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { reachOf, requireIn, requireKnown, withinReach } from '../../auth/authorize.ts'
import { notFound, RequestError } from '../../lib/errors.ts'
import { checkOrganization } from '../tenancy/existing-organization.ts'

/** Whose a secret is. */
export interface SecretOwner {
  organizationId: string
  /** Null: the organization's own, for what it has made itself, such as its webhooks. */
  pluginId: string | null
  /** Null: of all sites of the organization. */
  siteId: string | null
}

/** How a caller says whose it is: an installation, an organization and a plugin, or an organization alone. */
export interface NamedOwner {
  installationId?: string | undefined
  organizationId?: string | undefined
  pluginId?: string | undefined
}

/**
 * Whose secrets the actor means, where he may write them: else NOT_FOUND or FORBIDDEN. `slug` is the plugin's, null for
 * an organization's own.
 */
export async function secretOwner(
  app: App,
  actor: Actor,
  named: NamedOwner,
): Promise<SecretOwner & { slug: string | null }> {
  requireKnown(actor)
  const { slug, ...owner } = await find(app, actor, named)
  requireIn(actor, 'secrets:write', owner.organizationId, 'installation')
  return { ...owner, slug }
}

async function find(
  app: App,
  actor: Actor,
  { installationId, organizationId, pluginId }: NamedOwner,
): Promise<SecretOwner & { slug: string | null }> {
  if (installationId !== undefined) {
    if (organizationId !== undefined || pluginId !== undefined) throw ambiguous()
    const found = await app.database.prisma.installation.findFirst({
      where: { AND: [{ id: installationId }, withinReach(reachOf(actor, 'installations:read'))] },
      select: { organizationId: true, pluginId: true, siteId: true, plugin: { select: { slug: true } } },
    })
    if (found === null) throw notFound('installation')
    const { plugin, ...owner } = found
    return { ...owner, slug: plugin.slug }
  }
  if (organizationId === undefined) throw ambiguous()
  requireIn(actor, 'tenancy:read', organizationId, 'organization')
  await checkOrganization(app, organizationId)
  if (pluginId === undefined) return { organizationId, pluginId: null, siteId: null, slug: null }
  const plugin = await app.database.prisma.plugin.findUnique({
    where: { id: pluginId },
    select: { slug: true },
  })
  if (plugin === null) throw notFound('plugin')
  return { organizationId, pluginId, siteId: null, slug: plugin.slug }
}

function ambiguous(): RequestError {
  return new RequestError(
    'BAD_USER_INPUT',
    'Give `installationId`, or `organizationId` and `pluginId`, or `organizationId` alone for its own secrets.',
  )
}
