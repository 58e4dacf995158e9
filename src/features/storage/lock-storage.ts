import type { Tx } from '../../platform/database.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'

/** Whose it is: what a plugin keeps for an organization is one for all its sites, and outlives versions. */
export interface Space {
  organizationId: string
  pluginId: string
}

/** How much is kept, and which fields of documents have keys. */
export interface StorageRow {
  files: number
  fileBytes: number
  documents: number
  documentBytes: number
  keyed: unknown
}

/**
 * Lets nobody else write what the plugin keeps for the organization until the transaction ends, so that quotas and unique
 * fields hold whoever writes at once.
 *
 * @throws {CapabilityError} NOT_INSTALLED: the last installation has just gone, and its data with it
 */
export async function lockStorage(tx: Tx, { organizationId, pluginId }: Space): Promise<StorageRow> {
  const lock = dataLock({ organizationId, pluginId })
  await tx.$queryRaw`select 1 as held from pg_advisory_xact_lock_shared(hashtextextended(${lock}, 0))`
  const there = await tx.installation.findFirst({
    where: {
      organizationId,
      pluginId,
      supersededById: null,
      OR: [{ inForce: true, status: { not: 'UNINSTALLED' } }, { status: 'INSTALLING' }],
    },
    select: { id: true },
  })
  if (there === null) throw new CapabilityError('NOT_INSTALLED', 'The plugin is not installed any more.')
  const row = await lockRow(tx, { organizationId, pluginId })
  if (row !== null) return row
  await tx.pluginStorage.createMany({ data: [{ organizationId, pluginId }], skipDuplicates: true })
  return (await lockRow(tx, { organizationId, pluginId }))!
}

async function lockRow(tx: Tx, { organizationId, pluginId }: Space): Promise<StorageRow | null> {
  const [row] = await tx.$queryRaw<StorageRow[]>`
    select files, file_bytes as "fileBytes", documents, document_bytes as "documentBytes", keyed
    from plugin_storage where organization_id = ${organizationId}::uuid and plugin_id = ${pluginId}::uuid for update`
  return row ?? null
}

/** The name of the lock that whoever removes a plugin's data holds alone, and writers of them together. */
export function dataLock({ organizationId, pluginId }: Space): string {
  return `data of ${organizationId} ${pluginId}`
}
