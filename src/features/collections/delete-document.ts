import type { App } from '../../app.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import { changeCollection } from './change-collection.ts'
import type { Declared } from './declared.ts'
import { resizeDocuments } from './resize-documents.ts'
import { isDocumentId, type Place } from './stored-document.ts'

/**
 * Removes a document. Returns whether there was one.
 *
 * @throws {CapabilityError} CONFLICT where it is not of that version any more
 */
export async function deleteDocument(
  app: App,
  place: Place,
  declared: Declared,
  { id, version }: { id: string; version: number | null },
): Promise<boolean> {
  const { organizationId, pluginId, collection } = place
  if (!isDocumentId(id)) return false
  return await changeCollection(app, place, declared, async (tx, { storage }) => {
    const old = await tx.collectionDocument.findFirst({
      where: { id, organizationId, pluginId, collection },
      select: { version: true, size: true },
    })
    if (old === null) return false
    if (version !== null && version !== old.version) {
      const message = `The document is of version ${old.version} by now: read it again.`
      throw new CapabilityError('CONFLICT', message)
    }
    // Its keys go with it.
    await tx.collectionDocument.delete({ where: { id }, select: { id: true } })
    await resizeDocuments(tx, app, place, storage, { documents: -1, bytes: -old.size })
    return true
  })
}
