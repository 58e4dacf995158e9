import type { App } from '../../app.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import type { JsonValue } from '../../lib/json.ts'
import { KiB } from '../../lib/units.ts'
import { inTurn } from '../storage/in-turn.ts'
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

export interface FindQuery {
  where: JsonValue
  /** An index, or `id`. */
  orderBy: string
  descending: boolean
  limit: number
  after: string | null
}

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
  signal: AbortSignal,
): Promise<FoundDocuments> {
  const { orderBy } = query
  if (orderBy !== 'id' && !declared.fields.includes(orderBy)) throw notIndexed(orderBy, declared.fields)
  const ids = filterSql(place, declared.fields, query.where)
  const cursor = query.after === null ? null : readCursor(query.after, query)
  const rows = await inTurn(app, place.organizationId, signal, async () => {
    await requireKeys(app, place, declared)
    return await inQuery(app, (tx) => tx.$queryRaw<FoundRow[]>(pageSql(place, query, ids, cursor)))
  })
  const last = rows.at(-1)
  const isMore = last !== undefined && rows.length < last.found
  return {
    documents: rows.map(storedDocument),
    after: isMore ? writeCursor(query, { place: last.place, id: last.id }) : null,
  }
}

/** One row more than wanted tells that there are more; of documents that would be too large together the first ones come. */
function pageSql(
  place: Place,
  { orderBy, descending, limit }: FindQuery,
  ids: Prisma.Sql | null,
  cursor: Cursor | null,
): Prisma.Sql {
  const { organizationId, pluginId, collection } = place
  const byId = orderBy === 'id'
  const [table, id] = byId
    ? (['collection_document o', 'o.id'] as const)
    : (['collection_key o', 'o.document_id'] as const)
  const [idOf, placeOf] = [Prisma.raw(id), Prisma.raw(byId ? `''` : 'o.value')]
  const direction = Prisma.raw(descending ? 'desc' : 'asc')
  const beyond = Prisma.raw(descending ? '<' : '>')
  const conditions = [
    Prisma.sql`o.organization_id = ${organizationId}::uuid and o.plugin_id = ${pluginId}::uuid and o.collection = ${collection}`,
    ...(byId ? [] : [Prisma.sql`o.field = ${orderBy}`]),
    ...(ids === null ? [] : [Prisma.sql`${idOf} in (${ids})`]),
    ...(cursor === null
      ? []
      : [
          byId
            ? Prisma.sql`o.id ${beyond} ${cursor.id}::uuid`
            : Prisma.sql`(o.value, o.document_id) ${beyond} (${cursor.place}, ${cursor.id}::uuid)`,
        ]),
  ]
  const order = byId
    ? Prisma.sql`o.id ${direction}`
    : Prisma.sql`o.value ${direction}, o.document_id ${direction}`
  return Prisma.sql`
    with page as (
      select ${idOf} as id, ${placeOf} as place, row_number() over (order by ${order}) as nth
      from ${Prisma.raw(table)} where ${Prisma.join(conditions, ' and ')}
      order by ${order} limit ${limit + 1}
    ), sized as (
      select page.*, sum(d.size + ${AROUND}::int) over (order by nth) as total
      from page join collection_document d on d.id = page.id
    )
    select d.id::text as id, d.version, d.created_at as "createdAt", d.updated_at as "updatedAt", d.document::text as text,
      sized.place, (select count(*) from page)::int as found
    from sized join collection_document d on d.id = sized.id
    where sized.nth <= ${limit} and (sized.nth = 1 or sized.total <= ${MAX_ANSWER})
    order by sized.nth`
}
