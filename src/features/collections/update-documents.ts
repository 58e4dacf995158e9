import type { App } from '../../app.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import { mergePatch } from '../settings/levels.ts'
import { changeCollection, type HeldCollection } from './change-collection.ts'
import { checkDocument } from './check-document.ts'
import type { Declared } from './declared.ts'
import { putKeys } from './put-keys.ts'
import { resizeDocuments } from './resize-documents.ts'
import { isDocumentId, type Place, type StoredDocument } from './stored-document.ts'

/** One change of a document. */
export interface DocumentUpdate {
  id: string
  /** JSON merge patch (RFC 7396), or the whole new document. */
  changes: JsonValue
  replace: boolean
  /** The one that the plugin saw; null: whichever it is. */
  version: number | null
}

/**
 * Changes documents, all of them or none.
 *
 * @throws {CapabilityError} NOT_FOUND; CONFLICT where one is not of that version any more; INVALID_DOCUMENT, DOCUMENT_TOO_LARGE,
 * UNIQUE, QUOTA_EXCEEDED
 */
export async function updateDocuments(
  app: App,
  place: Place,
  declared: Declared,
  updates: readonly DocumentUpdate[],
): Promise<StoredDocument[]> {
  return await changeCollection(app, place, declared, async (tx, held) => {
    const updated: StoredDocument[] = []
    for (const update of updates) updated.push(await updateOne(tx, app, place, declared, held, update))
    return updated
  })
}

async function updateOne(
  tx: Tx,
  app: App,
  place: Place,
  declared: Declared,
  { storage, keyed }: HeldCollection,
  { id, changes, replace, version }: DocumentUpdate,
): Promise<StoredDocument> {
  const { organizationId, pluginId, collection } = place
  if (!isDocumentId(id)) throw unknown(collection)
  const old = await tx.collectionDocument.findFirst({
    where: { id, organizationId, pluginId, collection },
    select: { document: true, version: true, size: true, createdAt: true },
  })
  if (old === null) throw unknown(collection)
  if (version !== null && version !== old.version) {
    const message = `The document is of version ${old.version} by now: read it again.`
    throw new CapabilityError('CONFLICT', message)
  }
  const changed =
    replace || !isJsonObject(changes) ? changes : mergePatch(old.document as JsonObject, changes)
  const { document, size } = checkDocument(declared, changed)
  await resizeDocuments(tx, app, place, storage, { documents: 0, bytes: size - old.size })
  const updatedAt = app.clock.now()
  const next = { document, size, version: old.version + 1, updatedAt }
  await tx.collectionDocument.update({ where: { id }, data: next, select: { id: true } })
  await putKeys(tx, place, { declared, keyed }, { id, document, isNew: false })
  return { id, version: next.version, createdAt: old.createdAt, updatedAt, document }
}

function unknown(collection: string): CapabilityError {
  return new CapabilityError('NOT_FOUND', `There is no such document in "${collection}".`)
}
