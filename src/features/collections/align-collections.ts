import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { Space } from '../storage/lock-storage.ts'
import { alignKeys } from './align-keys.ts'
import { declaredBy } from './declared.ts'
import { fits, keyedOf } from './keyed.ts'

/** A version of a plugin that is about to use what the plugin keeps for the organization. */
export interface NextVersion extends Space {
  manifest: Manifest
  version: string
}

/**
 * Makes the keys by which a version finds documents, before its code runs: the first question of its code would else wait for
 * them. Where nothing differs it is one look.
 */
export async function alignCollections(
  app: App,
  { organizationId, pluginId, manifest }: NextVersion,
): Promise<void> {
  const storage = await app.database.prisma.pluginStorage.findUnique({
    where: { organizationId_pluginId: { organizationId, pluginId } },
    select: { keyed: true },
  })
  if (storage === null) return
  for (const [collection, declared] of declaredBy(manifest)) {
    const keyed = keyedOf(storage, collection)
    if (keyed === null || fits(keyed, declared)) continue
    await alignKeys(app, { organizationId, pluginId, collection }, declared)
  }
}
