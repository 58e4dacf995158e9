import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import {
  can,
  reachOf,
  requireIn,
  requireKnown,
  requireOnPlatform,
  withinReach,
} from '../../auth/authorize.ts'
import type { SettingsScope } from '../../generated/prisma/enums.ts'
import { notFound, RequestError } from '../../lib/errors.ts'
import { visiblePlugins } from '../packages/policy.ts'
import type { LevelRow } from './lock-level.ts'

/** How a caller names a level of settings. */
export interface NamedLevel {
  scope: SettingsScope
  /** For GLOBAL and ORGANIZATION. */
  pluginId?: string | undefined
  /** For ORGANIZATION. */
  organizationId?: string | undefined
  /** For SITE. */
  installationId?: string | undefined
}

/** Which ids name a level of each scope. */
const NAMED_BY = {
  GLOBAL: ['pluginId'],
  ORGANIZATION: ['pluginId', 'organizationId'],
  SITE: ['installationId'],
} as const
const IDS = ['pluginId', 'organizationId', 'installationId'] as const

/**
 * The level that the caller means and may write: GLOBAL ones are the platform's, the others their organization's.
 * BAD_USER_INPUT where other ids are given than the scope asks for; NOT_FOUND for what he may not see.
 */
export async function findLevel(app: App, actor: Actor, named: NamedLevel): Promise<LevelRow> {
  requireKnown(actor)
  const wanted: readonly string[] = NAMED_BY[named.scope]
  if (IDS.some((id) => (named[id] !== undefined) !== wanted.includes(id))) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `For scope ${named.scope} give ${wanted.join(' and ')}, and no other id.`,
    )
  }
  if (named.scope === 'SITE') return await siteLevelRow(app, actor, named.installationId!)
  const { scope, pluginId, organizationId = null } = named
  if (organizationId !== null && !can(actor, 'tenancy:read', organizationId)) throw notFound('organization')
  const plugin = await app.database.prisma.plugin.findFirst({
    where: { AND: [{ id: pluginId! }, visiblePlugins(actor)] },
    select: { slug: true },
  })
  if (plugin === null) throw notFound('plugin')
  if (organizationId === null) requireOnPlatform(actor, 'settings:write')
  else await requireOrganization(app, actor, organizationId)
  return { scope, pluginId: pluginId!, slug: plugin.slug, organizationId, siteId: null, installationId: null }
}

async function requireOrganization(app: App, actor: Actor, organizationId: string): Promise<void> {
  requireIn(actor, 'settings:write', organizationId, 'organization')
  // Who may write everywhere can name one that is not there.
  const there = await app.database.prisma.organization.count({ where: { id: organizationId } })
  if (there === 0) throw notFound('organization')
}

async function siteLevelRow(app: App, actor: Actor, installationId: string): Promise<LevelRow> {
  const found = await app.database.prisma.installation.findFirst({
    where: { AND: [{ id: installationId }, withinReach(reachOf(actor, 'installations:read'))] },
    select: {
      id: true,
      organizationId: true,
      siteId: true,
      pluginId: true,
      plugin: { select: { slug: true } },
    },
  })
  if (found === null) throw notFound('installation')
  const { organizationId, siteId, pluginId } = found
  requireIn(actor, 'settings:write', organizationId, 'installation')
  return { scope: 'SITE', pluginId, slug: found.plugin.slug, organizationId, siteId, installationId }
}
