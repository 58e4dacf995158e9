import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { requireKnown } from '../../auth/authorize.ts'
import { notFound, UserError } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { findLevel } from './find-level.ts'
import { lockedIn } from './levels.ts'
import type { LevelRow } from './lock-level.ts'
import { visibleRevisions } from './policy.ts'
import { changeLevel } from './update-settings.ts'

/**
 * Makes a level what it was in one of its revisions, as a new revision. It is checked like any change: what no longer holds
 * to the schema, or was locked above since, is refused.
 */
export async function revertSettings(app: App, actor: Actor, revisionId: string): Promise<LevelRow> {
  requireKnown(actor)
  const revision = await app.database.prisma.settingsRevision.findFirst({
    where: { AND: [{ id: revisionId }, visibleRevisions(actor)] },
  })
  if (revision === null) throw notFound('revision')
  const { scope, pluginId, organizationId, siteId } = revision
  const row = await findLevel(app, actor, {
    scope,
    pluginId: scope === 'SITE' ? undefined : pluginId,
    organizationId: scope === 'ORGANIZATION' ? organizationId! : undefined,
    installationId: scope === 'SITE' ? await currentAt(app, siteId!, pluginId) : undefined,
  })
  const settings = revision.settings as JsonObject
  await changeLevel(app, actor, row, {
    make: () => ({ settings, locked: revision.lockedSettings }),
    touched: (locked) => lockedIn(settings, locked),
    revertedToId: revisionId,
  })
  return row
}

/** The installation that holds the site's settings now. */
async function currentAt(app: App, siteId: string, pluginId: string): Promise<string> {
  const current = await app.database.prisma.installation.findFirst({
    where: { siteId, pluginId, supersededById: null, status: { not: 'UNINSTALLED' }, inForce: true },
    select: { id: true },
  })
  if (current !== null) return current.id
  throw new UserError(
    'INVALID_STATE',
    'The plugin is not installed at that site any more: install it first.',
    ['revisionId'],
  )
}
