import type { App } from '../../app.ts'
import type { Manifest } from '../../archive/manifest.ts'
import type { JsonObject } from '../../lib/json.ts'
import { inTransaction, type Tx } from '../../platform/database.ts'
import { lockStorage } from '../storage/lock-storage.ts'
import { declaredBy, type Declared } from './declared.ts'
import { documentKeysAsFound } from './document-keys.ts'
import { NULL_KEY } from './key-value.ts'
import { keyedOf, saveKeyed, type Keyed } from './keyed.ts'
import type { Place } from './stored-document.ts'

/** Documents whose keys are made in one transaction, which others wait for. */
const BATCH = 500

/**
 * Makes the keys of a collection's documents those that a version declares, and the other versions that the organization
 * has at its sites. In batches: documents are written meanwhile, with the keys of all. Where it is broken off, the next
 * one begins anew.
 */
export async function alignKeys(app: App, place: Place, declared: Declared): Promise<void> {
  const lacking = await begin(app, place, declared)
  if (lacking.length > 0) {
    for (let after: string | null = null; ;) {
      after = await keyBatch(app, place, lacking, after)
      if (after === null) break
    }
  }
  await finish(app, place, declared)
}

/** Says which fields writers make keys of from now on, and returns those that what is there may lack. */
async function begin(app: App, place: Place, declared: Declared): Promise<string[]> {
  return await inTransaction(app.database.prisma, async (tx) => {
    const storage = await lockStorage(tx, place)
    const before = keyedOf(storage, place.collection) ?? NOTHING
    const fields = [...new Set([...before.fields, ...declared.fields])]
    const lacking = before.ready ? fields.filter((field) => !before.fields.includes(field)) : fields
    const ready = lacking.length === 0
    await saveKeyed(tx, place, storage, place.collection, { ...before, fields, ready })
    return lacking
  })
}

const NOTHING: Keyed = { fields: [], unique: [], contested: [], ready: true }

/** Returns the last document that it came to, or null where there are no more. */
async function keyBatch(
  app: App,
  place: Place,
  fields: readonly string[],
  after: string | null,
): Promise<string | null> {
  return await inTransaction(app.database.prisma, async (tx) => {
    await lockStorage(tx, place)
    const documents = await tx.collectionDocument.findMany({
      where: { ...keyOf(place), ...(after === null ? {} : { id: { gt: after } }) },
      orderBy: { id: 'asc' },
      take: BATCH,
      select: { id: true, document: true },
    })
    await addKeys(
      tx,
      place,
      documents.flatMap(({ id, document }) =>
        documentKeysAsFound(document as JsonObject, fields).map((key) => ({ id, ...key })),
      ),
    )
    return documents.length < BATCH ? null : documents.at(-1)!.id
  })
}

/** As one parameter: each value by itself is slower by far. Those that are there stay. */
async function addKeys(
  tx: Tx,
  { organizationId, pluginId, collection }: Place,
  keys: readonly { id: string; field: string; value: string }[],
): Promise<void> {
  await tx.$executeRaw`
    insert into collection_key (document_id, organization_id, plugin_id, collection, field, value, is_unique)
    select id, ${organizationId}::uuid, ${pluginId}::uuid, ${collection}, field, value, false
    from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as key (id uuid, field text, value text)
    on conflict do nothing`
}

/** Lets go of fields that no version has any more, and makes those unique that are to be and can. */
async function finish(app: App, place: Place, declared: Declared): Promise<void> {
  await inTransaction(app.database.prisma, async (tx) => {
    const storage = await lockStorage(tx, place)
    const now = keyedOf(storage, place.collection) ?? NOTHING
    const all = [declared, ...(await declaredNow(tx, place))]
    const fields = new Set(all.flatMap((it) => it.fields))
    const wanted = new Set(all.flatMap((it) => it.unique))
    const gone = now.fields.filter((field) => !fields.has(field))
    if (gone.length > 0)
      await tx.collectionKey.deleteMany({ where: { ...keyOf(place), field: { in: gone } } })
    const unique: string[] = []
    const contested: string[] = []
    for (const field of now.fields) {
      if (wanted.has(field)) {
        const isUnique = now.unique.includes(field) || (await makeUnique(tx, place, field))
        ;(isUnique ? unique : contested).push(field)
      } else if (now.unique.includes(field)) await letRepeat(tx, place, field)
    }
    const kept = now.fields.filter((field) => fields.has(field))
    const ready = declared.fields.every((field) => now.fields.includes(field))
    await saveKeyed(tx, place, storage, place.collection, { fields: kept, unique, contested, ready })
  })
}

/** What the versions declare that are at the organization's sites, or about to be. */
async function declaredNow(tx: Tx, { organizationId, pluginId, collection }: Place): Promise<Declared[]> {
  const rows = await tx.installation.findMany({
    where: {
      organizationId,
      pluginId,
      supersededById: null,
      OR: [{ inForce: true, status: { not: 'UNINSTALLED' } }, { status: 'INSTALLING' }],
    },
    distinct: ['packageId'],
    select: { package: { select: { manifest: true } } },
  })
  return rows.flatMap((row) => {
    const declared = declaredBy(row.package.manifest as unknown as Manifest).get(collection)
    return declared === undefined ? [] : [declared]
  })
}

async function makeUnique(tx: Tx, place: Place, field: string): Promise<boolean> {
  if ((await repeatedValues(tx, place, field)) > 0) return false
  await tx.collectionKey.updateMany({
    where: { ...keyOf(place), field, value: { not: NULL_KEY } },
    data: { isUnique: true },
  })
  return true
}

async function letRepeat(tx: Tx, place: Place, field: string): Promise<void> {
  await tx.collectionKey.updateMany({
    where: { ...keyOf(place), field, isUnique: true },
    data: { isUnique: false },
  })
}

/** How many values of a field several documents have. */
async function repeatedValues(
  tx: Tx,
  { organizationId, pluginId, collection }: Place,
  field: string,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ repeated: number }[]>`
    select count(*)::int as repeated from (
      select value from collection_key
      where organization_id = ${organizationId}::uuid and plugin_id = ${pluginId}::uuid and collection = ${collection}
        and field = ${field} and value <> ${NULL_KEY}
      group by value having count(*) > 1) as several`
  return row!.repeated
}

function keyOf({ organizationId, pluginId, collection }: Place): Place {
  return { organizationId, pluginId, collection }
}
