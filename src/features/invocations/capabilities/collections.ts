import { z } from 'zod'
import type { JsonValue } from '../../../lib/json.ts'
import { parsedJson } from '../../../lib/parsed-json.ts'
import { countDocuments } from '../../collections/count-documents.ts'
import { declaredCollection, type Declared } from '../../collections/declared.ts'
import { deleteDocument } from '../../collections/delete-document.ts'
import { findDocuments } from '../../collections/find-documents.ts'
import { getDocument } from '../../collections/get-document.ts'
import { insertDocument } from '../../collections/insert-document.ts'
import type { Place, StoredDocument } from '../../collections/stored-document.ts'
import { updateDocuments } from '../../collections/update-documents.ts'
import type { Target } from '../target.ts'
import { parseInput, type CapabilitySource } from './asking.ts'

const CollectionInput = z.object({ collection: z.string().max(64) })
const InsertInput = CollectionInput.extend({ document: parsedJson })
const GetInput = CollectionInput.extend({ id: z.string() })
const Version = z.int().min(1).nullable().default(null)
const Update = z.object({
  id: z.string(),
  changes: parsedJson,
  version: Version,
  replace: z.boolean().default(false),
})
const UpdateInput = CollectionInput.extend(Update.shape)
const UpdateManyInput = CollectionInput.extend({ updates: z.array(Update).min(1).max(100) })
const DeleteInput = GetInput.extend({ version: Version })
const Where = parsedJson.default({})
const FindInput = CollectionInput.extend({
  query: z.strictObject({
    where: Where,
    orderBy: z
      .record(z.string(), z.enum(['asc', 'desc']))
      .refine((order) => Object.keys(order).length === 1)
      .default({ id: 'asc' }),
    limit: z.int().min(1).max(100).default(50),
    after: z.string().max(8000).nullable().default(null),
  }),
})
const CountInput = CollectionInput.extend({ query: z.strictObject({ where: Where }) })

/** `ctx.collections`: the plugin's own documents for the organization, whatever site it runs at. */
export const collections: readonly CapabilitySource[] = [
  {
    permission: 'storage:read',
    operations: ({ app, target }) => ({
      'collections.get': async (input) => {
        const { collection, id } = parseInput(GetInput, input, 'get(id) takes the id of a document.')
        const { place } = inCollection(target, collection)
        const document = await getDocument(app, place, id)
        return document === null ? null : told(document)
      },
      'collections.find': async (input) => {
        const usage =
          'find({ where, orderBy: { field: "asc" }, limit, after }) takes a filter, one order, a limit from 1 to 100 and the "after" of a page.'
        const { collection, query } = parseInput(FindInput, input, usage)
        const { place, declared } = inCollection(target, collection)
        const [[orderBy, direction] = ['id', 'asc']] = Object.entries(query.orderBy)
        const wanted = { ...query, orderBy, descending: direction === 'desc' }
        const { documents, after } = await findDocuments(app, place, declared, wanted)
        return { documents: documents.map(told), after }
      },
      'collections.count': async (input) => {
        const { collection, query } = parseInput(CountInput, input, 'count({ where }) takes a filter.')
        const { place, declared } = inCollection(target, collection)
        return await countDocuments(app, place, declared, query.where)
      },
    }),
  },
  {
    permission: 'storage:write',
    operations: ({ app, target }) => ({
      'collections.insert': async (input) => {
        const { collection, document } = parseInput(InsertInput, input, 'insert(document) takes an object.')
        const { place, declared } = inCollection(target, collection)
        return told(await insertDocument(app, place, declared, document))
      },
      'collections.update': async (input) => {
        const usage = 'update(id, changes, { version, replace }) takes an id, an object and what it saw.'
        const { collection, ...update } = parseInput(UpdateInput, input, usage)
        const { place, declared } = inCollection(target, collection)
        const [updated] = await updateDocuments(app, place, declared, [update])
        return told(updated!)
      },
      'collections.updateMany': async (input) => {
        const usage = 'updateMany([{ id, changes, version, replace }]) takes up to 100 updates.'
        const { collection, updates } = parseInput(UpdateManyInput, input, usage)
        const { place, declared } = inCollection(target, collection)
        const updated = await updateDocuments(app, place, declared, updates)
        return updated.map(({ id, version }) => ({ id, version }))
      },
      'collections.delete': async (input) => {
        const { collection, ...gone } = parseInput(DeleteInput, input, 'delete(id, { version }) takes an id.')
        const { place, declared } = inCollection(target, collection)
        return await deleteDocument(app, place, declared, gone)
      },
    }),
  },
]

function inCollection(target: Target, collection: string): { place: Place; declared: Declared } {
  const { organizationId, pluginId, manifest } = target
  return {
    place: { organizationId, pluginId, collection },
    declared: declaredCollection(manifest, collection),
  }
}

function told({ createdAt, updatedAt, ...document }: StoredDocument): JsonValue {
  return { ...document, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
}
