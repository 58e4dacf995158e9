import type { App } from '../../app.ts'
import { MiB } from '../../lib/units.ts'
import type { Tx } from '../../platform/database.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import type { Space, StorageRow } from '../storage/lock-storage.ts'

/**
 * Counts what is added to, or taken from, the documents that a plugin keeps for an organization; the storage is locked. Where
 * the quota was lowered, what is there may still become less.
 *
 * @throws {CapabilityError} QUOTA_EXCEEDED
 */
export async function resizeDocuments(
  tx: Tx,
  { config }: App,
  { organizationId, pluginId }: Space,
  storage: StorageRow,
  by: { documents: number; bytes: number },
): Promise<void> {
  const documents = storage.documents + by.documents
  const documentBytes = storage.documentBytes + by.bytes
  const quota = config.plugins
  if (by.documents > 0 && documents > quota.documents) {
    const message = `The plugin keeps at most ${quota.documents} documents for an organization.`
    throw new CapabilityError('QUOTA_EXCEEDED', message)
  }
  if (by.bytes > 0 && documentBytes > quota.documentsBytes) {
    const message = `The documents of the plugin would be larger than its ${quota.documentsBytes / MiB} MiB.`
    throw new CapabilityError('QUOTA_EXCEEDED', message)
  }
  await tx.pluginStorage.update({
    where: { organizationId_pluginId: { organizationId, pluginId } },
    data: { documents, documentBytes },
    select: { pluginId: true },
  })
  // Whoever changes several goes on from here.
  Object.assign(storage, { documents, documentBytes })
}
