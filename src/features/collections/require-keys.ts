import type { App } from '../../app.ts'
import { alignKeys } from './align-keys.ts'
import type { Declared } from './declared.ts'
import { keyedOf } from './keyed.ts'
import type { Place } from './stored-document.ts'

/** Makes the keys by which a version finds documents, where another version has kept them; else it is one look. */
export async function requireKeys(app: App, place: Place, declared: Declared): Promise<void> {
  const { organizationId, pluginId } = place
  const storage = await app.database.prisma.pluginStorage.findUnique({
    where: { organizationId_pluginId: { organizationId, pluginId } },
    select: { keyed: true },
  })
  const keyed = storage === null ? null : keyedOf(storage, place.collection)
  // What was never written has nothing to be found.
  if (keyed === null) return
  if (keyed.ready && declared.fields.every((field) => keyed.fields.includes(field))) return
  await alignKeys(app, place, declared)
}
