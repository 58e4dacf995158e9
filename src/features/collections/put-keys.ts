import type { JsonObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/database.ts'
import { CapabilityError } from '../../runtime/capability-error.ts'
import type { Declared } from './declared.ts'
import { documentKeys, documentKeysAsFound } from './document-keys.ts'
import { NULL_KEY } from './key-value.ts'
import type { Keyed } from './keyed.ts'
import type { Place } from './stored-document.ts'

/**
 * Puts the keys of a document in the place of those that it had: of all fields of all versions. Nobody else writes.
 *
 * @throws {CapabilityError} INVALID_DOCUMENT; UNIQUE where another document has the same value
 */
export async function putKeys(
  tx: Tx,
  { organizationId, pluginId, collection }: Place,
  { declared, keyed }: { declared: Declared; keyed: Keyed },
  { id, document, isNew }: { id: string; document: JsonObject; isNew: boolean },
): Promise<void> {
  const others = keyed.fields.filter((field) => !declared.fields.includes(field))
  const keys = [...documentKeys(document, declared.fields), ...documentKeysAsFound(document, others)]
  const unique = new Set([...keyed.unique, ...declared.unique])
  const held = keys.filter(({ field, value }) => unique.has(field) && value !== NULL_KEY)
  const place = { organizationId, pluginId, collection }
  if (held.length > 0) {
    const where = { ...place, documentId: { not: id }, OR: held }
    const other = await tx.collectionKey.findFirst({ where, select: { field: true } })
    if (other !== null) {
      const message = `Another document of "${collection}" has the same "${other.field}".`
      throw new CapabilityError('UNIQUE', message)
    }
  }
  if (!isNew) await tx.collectionKey.deleteMany({ where: { documentId: id } })
  await tx.collectionKey.createMany({
    data: keys.map((key) => ({
      ...key,
      ...place,
      documentId: id,
      // What is contested already has equals among the older ones.
      isUnique: keyed.unique.includes(key.field) && key.value !== NULL_KEY,
    })),
  })
}
