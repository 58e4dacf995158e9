import type { App } from '../../app.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import type { JsonValue } from '../../lib/json.ts'
import { KiB } from '../../lib/units.ts'
import type { Declared } from './declared.ts'
import { filterSql, notIndexed } from './filter.ts'
import { readCursor, writeCursor, type Cursor } from './find-cursor.ts'
import { requireKeys } from './require-keys.ts'
import { inQuery } from './in-query.ts'
import { storedDocument, type DocumentRow, type Place, type StoredDocument } from './stored-document.ts'

/** Bytes of the documents of one answer, which is at most 1 MiB. */
const MAX_ANSWER = 900 * KiB
/** Bytes of what stands around each: its id, version and times. */
const AROUND = 200

/** Which documents a plugin asks for, checked. */
export interface FindQuery {
  where: JsonValue
  /** An index, or `id`. */
  orderBy: string
  descending: boolean
  limit: number
  after: string | null
}

/** One page of what was found. */
export interface FoundDocuments {
  documents: StoredDocument[]
  /** Goes on where this page ends; null where nothing is behind it. A page may be shorter than its limit. */
  after: string | null
}

interface FoundRow extends DocumentRow {
  place: string
  found: number
}

/**
 * Documents of a collection in the order of an index (of equals by their ids), page by page.
 *
 * @throws {CapabilityError} BAD_FILTER, NOT_INDEXED, BAD_CURSOR, QUERY_TIMEOUT
 */
export async function findDocuments(
  app: App,
  place: Place,
  declared: Declared,
  query: FindQuery,
): Promise<FoundDocuments> {
  const { orderBy } = query
  if (orderBy !== 'id' && !declared.fields.includes(orderBy)) throw notIndexed(orderBy, declared.fields)
  const ids = filterSql(place, declared.fields, query.where)
  const cursor = query.after === null ? null : readCursor(query.after, query)
  await requireKeys(app, place, declared)
  const rows = await inQuery(app, (tx) => tx.$queryRaw<FoundRow[]>(pageSql(place, query, ids, cursor)))
  const last = rows.at(-1)
  const isMore = last !== undefined && rows.length < last.found
  return {
    documents: rows.map(storedDocument),
    after: isMore ? writeCursor(query, { place: last.place, id: last.id }) : null,
  }
}

/** One row more than wanted tells that there are more; of documents that would be too large together the first ones come. */
function pageSql(place: Place, query: FindQuery, ids: Prisma.Sql | null, cursor: Cursor | null): Prisma.Sql {
  const towards = direction(query.descending)
  return Prisma.sql`
    with page as (
      ${query.orderBy === 'id' ? idsSql(place, query, ids, cursor) : keysSql(place, query, ids, cursor)}
      limit ${query.limit + 1}
    ), counted as (
      select page.*, row_number() over (order by place ${towards}, id ${towards}) as nth, count(*) over () as found
      from page
    ), sized as (
      select counted.*, sum(d.size + ${AROUND}::int) over (order by nth) as total
      from counted join collection_document d on d.id = counted.id
    )
    select d.id::text as id, d.version, d.created_at as "createdAt", d.updated_at as "updatedAt", d.document::text as text,
      sized.place, sized.found::int as found
    from sized join collection_document d on d.id = sized.id
    where nth <= ${query.limit} and (nth = 1 or total <= ${MAX_ANSWER})
    order by nth`
}

/** In the order of the ids; those that the filter found need no look at the documents. */
function idsSql(
  { organizationId, pluginId, collection }: Place,
  { descending }: FindQuery,
  ids: Prisma.Sql | null,
  cursor: Cursor | null,
): Prisma.Sql {
  const all = Prisma.sql`select id as document_id from collection_document
    where organization_id = ${organizationId}::uuid and plugin_id = ${pluginId}::uuid and collection = ${collection}`
  const behind =
    cursor === null ? Prisma.empty : Prisma.sql`where document_id ${beyond(descending)} ${cursor.id}::uuid`
  return Prisma.sql`select document_id as id, '' as place from (${ids ?? all}) as ids ${behind}
    order by document_id ${direction(descending)}`
}

/**
 * In the order of an index: along it where there is no filter, else from what the filter found to its keys. Left to itself
 * PostgreSQL, which takes the conditions of an index for independent, expects one row and compares each with each.
 */
function keysSql(
  { organizationId, pluginId, collection }: Place,
  { orderBy, descending }: FindQuery,
  ids: Prisma.Sql | null,
  cursor: Cursor | null,
): Prisma.Sql {
  const behind =
    cursor === null
      ? Prisma.sql`true`
      : Prisma.sql`(k.value, k.document_id) ${beyond(descending)} (${cursor.place}, ${cursor.id}::uuid)`
  const keys =
    ids === null
      ? Prisma.sql`from collection_key k
          where k.organization_id = ${organizationId}::uuid and k.plugin_id = ${pluginId}::uuid
            and k.collection = ${collection} and k.field = ${orderBy} and ${behind}`
      : Prisma.sql`from (${ids}) as ids cross join lateral (
            select document_id, value from collection_key
            where document_id = ids.document_id and field = ${orderBy} offset 0
          ) as k
          where ${behind}`
  return Prisma.sql`select k.document_id as id, k.value as place ${keys}
    order by k.value ${direction(descending)}, k.document_id ${direction(descending)}`
}

function direction(descending: boolean): Prisma.Sql {
  return Prisma.raw(descending ? 'desc' : 'asc')
}

function beyond(descending: boolean): Prisma.Sql {
  return Prisma.raw(descending ? '<' : '>')
}
