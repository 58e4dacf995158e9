import type { Tx } from '../../platform/database.ts'
import { dataLock } from '../storage/lock-storage.ts'
import { CURRENT } from './policy.ts'

/**
 * Removes what a plugin has kept at a site, for an uninstall that keeps nothing: its secrets and webhooks there, and what it was
 * told of language models. With the organization's last installation of it go the organization's secrets, and its files and
 * documents. Called after the installation was moved, in the same transaction; the bytes of the files go when the store is
 * collected from.
 */
export async function removeData(
  tx: Tx,
  { organizationId, siteId, pluginId }: { organizationId: string; siteId: string; pluginId: string },
): Promise<void> {
  await tx.secret.deleteMany({ where: { organizationId, siteId, pluginId } })
  await tx.webhook.deleteMany({ where: { organizationId, siteId, pluginId } })
  await tx.llmUsage.deleteMany({ where: { installation: { siteId, pluginId } } })
  await tx.pluginData.deleteMany({ where: { siteId, pluginId } })
  // Of two sites that uninstall their last ones at once, the later one sees that it is the last.
  const lock = dataLock({ organizationId, pluginId })
  await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock(hashtextextended(${lock}, 0))`
  const left = await tx.installation.count({ where: { organizationId, pluginId, AND: [CURRENT] } })
  if (left > 0) return
  await tx.secret.deleteMany({ where: { organizationId, siteId: null, pluginId } })
  await tx.pluginFile.deleteMany({ where: { organizationId, pluginId } })
  // Their keys go with them.
  await tx.collectionDocument.deleteMany({ where: { organizationId, pluginId } })
  await tx.pluginStorage.deleteMany({ where: { organizationId, pluginId } })
}
