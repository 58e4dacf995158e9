import type { App } from '../../app.ts'
import { newId } from '../../lib/ids.ts'
import type { JsonValue } from '../../lib/json.ts'
import { changeCollection } from './change-collection.ts'
import { checkDocument } from './check-document.ts'
import type { Declared } from './declared.ts'
import { putKeys } from './put-keys.ts'
import { resizeDocuments } from './resize-documents.ts'
import type { Place, StoredDocument } from './stored-document.ts'

/**
 * Keeps a new document, with the defaults of its schema.
 *
 * @throws {CapabilityError} INVALID_DOCUMENT, DOCUMENT_TOO_LARGE, UNIQUE, QUOTA_EXCEEDED
 */
export async function insertDocument(
  app: App,
  place: Place,
  declared: Declared,
  given: JsonValue,
): Promise<StoredDocument> {
  const { document, size } = checkDocument(declared, given)
  return await changeCollection(app, place, declared, async (tx, { storage, keyed }) => {
    await resizeDocuments(tx, app, place, storage, { documents: 1, bytes: size })
    const id = newId()
    const { organizationId, pluginId, collection } = place
    const at = app.clock.now()
    await tx.collectionDocument.create({
      data: {
        id,
        organizationId,
        pluginId,
        collection,
        document,
        version: 1,
        size,
        createdAt: at,
        updatedAt: at,
      },
      select: { id: true },
    })
    await putKeys(tx, place, { declared, keyed }, { id, document, isNew: true })
    return { id, version: 1, createdAt: at, updatedAt: at, document }
  })
}
