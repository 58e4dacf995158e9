import type { App } from '../../app.ts'
import type { JsonObject } from '../../lib/json.ts'
import { isDocumentId, type Place, type StoredDocument } from './stored-document.ts'

/** A document by its id; null where there is none in that collection of the plugin and the organization. */
export async function getDocument(
  app: App,
  { organizationId, pluginId, collection }: Place,
  id: string,
): Promise<StoredDocument | null> {
  if (!isDocumentId(id)) return null
  const row = await app.database.prisma.collectionDocument.findFirst({
    where: { id, organizationId, pluginId, collection },
    select: { id: true, version: true, createdAt: true, updatedAt: true, document: true },
  })
  return row === null ? null : { ...row, document: row.document as JsonObject }
}
