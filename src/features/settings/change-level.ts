import { by, type Actor } from '../../auth/actor.ts'
import type { App } from '../../app.ts'
import { record } from '../../events/record.ts'
import type { SettingsScope } from '../../generated/prisma/enums.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Tx } from '../../platform/database.ts'

/** Whose settings of a plugin: of all, of an organization, or of one site of it. */
export interface SettingsPlace {
  scope: SettingsScope
  pluginId: string
  slug: string
  organizationId: string | null
  siteId: string | null
}

/** What a level holds. */
export interface LevelState {
  settings: JsonObject
  locked: string[]
}

/**
 * Keeps a new state of a level as its next revision and tells of it; nothing where it is what it was. To be called in the
 * transaction that wrote it, under a lock of the level's own row, so that revisions are numbered one after the other.
 * Returns the revision's number, or null.
 */
export async function reviseLevel(
  tx: Tx,
  app: App,
  actor: Actor,
  place: SettingsPlace,
  {
    before,
    after,
    revertedToId = null,
  }: { before: LevelState; after: LevelState; revertedToId?: string | null },
): Promise<number | null> {
  if (isDeepStrictEqual(before, after)) return null
  const { scope, pluginId, slug, organizationId, siteId } = place
  const last = await tx.settingsRevision.findFirst({
    where: { pluginId, organizationId, siteId },
    orderBy: { number: 'desc' },
    select: { number: true },
  })
  const number = (last?.number ?? 0) + 1
  const at = app.clock.now()
  await tx.settingsRevision.create({
    data: {
      id: newId(),
      scope,
      pluginId,
      organizationId,
      siteId,
      number,
      settings: after.settings,
      lockedSettings: after.locked,
      revertedToId,
      authorId: actor.principalId,
      at,
    },
    select: { id: true },
  })
  const keys = changedKeys(before.settings, after.settings)
  await record(
    tx,
    'settings.changed',
    { slug, scope, number, keys },
    {
      organizationId,
      siteId,
      subjectId: pluginId,
      pluginId,
      ...by(actor),
      changed: { before: shown(before), after: shown(after) },
      at,
    },
  )
  return number
}

function changedKeys(before: JsonObject, after: JsonObject): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].filter((key) => !isDeepStrictEqual(before[key], after[key])).sort()
}

function shown({ settings, locked }: LevelState): JsonObject {
  return { settings, locked }
}
