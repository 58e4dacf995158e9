import type { App } from '../../app.ts'
import type { JsonValue } from '../../lib/json.ts'
import type { Declared } from './declared.ts'
import { filterSql } from './filter.ts'
import { inQuery } from './in-query.ts'
import { requireKeys } from './require-keys.ts'
import type { Place } from './stored-document.ts'

/** How many documents a filter finds. @throws {CapabilityError} BAD_FILTER, NOT_INDEXED, QUERY_TIMEOUT */
export async function countDocuments(
  app: App,
  place: Place,
  declared: Declared,
  where: JsonValue,
): Promise<number> {
  const { organizationId, pluginId, collection } = place
  const ids = filterSql(place, declared.fields, where)
  await requireKeys(app, place, declared)
  return await inQuery(app, async (tx) => {
    if (ids === null)
      return await tx.collectionDocument.count({ where: { organizationId, pluginId, collection } })
    const [row] = await tx.$queryRaw<{ count: number }[]>`select count(*)::int as count from (${ids}) as ids`
    return row!.count
  })
}
