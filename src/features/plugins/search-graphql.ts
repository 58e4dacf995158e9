import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { Prisma } from '../../generated/prisma/client.ts'
import type { PluginType } from '../../generated/prisma/enums.ts'
import type { Ranked } from '../../graphql/listed-rows.ts'
import type { Page } from '../../graphql/page.ts'
import { releasedPluginsSql, visiblePluginsSql } from '../packages/policy-sql.ts'

/** What is looked for. */
export interface PluginSearch {
  text: string
  types?: readonly PluginType[] | undefined
  enabled?: boolean | undefined
  keyword?: string | undefined
  approvedOnly?: boolean | undefined
}

/** Words of a search that count; nobody remembers more of what he looks for. */
const MAX_WORDS = 8
/** Characters of a word that count: longer ones are looked for by their beginning. */
const MAX_WORD = 40

/**
 * Finds plugins that have every word, or its beginning, or in their names one that is spelt almost so (trigrams). What
 * has them all as spelt comes first, by where they stand (name, keywords, description, author).
 */
export function searchPlugins(app: App, actor: Actor, search: PluginSearch, page: Page): Ranked {
  const words = wordsOf(search.text)
  const { prisma } = app.database
  if (words.length === 0) return { find: async () => [], count: async () => 0 }
  const found = Prisma.sql`search_plugins(${words}::text[]) m join plugin p on p.id = m.id`
  const visible = search.approvedOnly === true ? releasedPluginsSql(actor) : visiblePluginsSql(actor)
  return {
    // Sorted first: who sees what is then asked only of the few that the page needs.
    find: () =>
      prisma.$queryRaw`
        select p.id, p.rank from (
          select p.id, p.owner_id, p.name, p.updated_at, p.install_count, p.average_rating, m.rank
          from ${found} where ${filtersSql(search)} and ${behindSql(page)} order by ${orderSql(page)} offset 0
        ) p
        where ${visible} order by ${orderSql(page, 'p')} limit ${page.take}`,
    count: async () => {
      const [row] = await prisma.$queryRaw<{ n: bigint }[]>`
        select count(*) as n from ${found} where ${filtersSql(search)} and ${visible}`
      return Number(row!.n)
    },
  }
}

/** Letters and digits of any script; whatever else stands there is no word. */
function wordsOf(text: string): string[] {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  return [...new Set(words)].slice(0, MAX_WORDS).map((word) => Array.from(word).slice(0, MAX_WORD).join(''))
}

function filtersSql({ types, enabled, keyword, approvedOnly }: PluginSearch): Prisma.Sql {
  const conditions = [Prisma.sql`true`]
  if (types !== undefined) conditions.push(Prisma.sql`p.type = any(${[...types]}::"PluginType"[])`)
  if (enabled !== undefined) conditions.push(Prisma.sql`p.enabled = ${enabled}`)
  if (keyword !== undefined) conditions.push(Prisma.sql`${keyword} = any(p.keywords)`)
  // Of all of them, so that few are asked for who may see them.
  if (approvedOnly === true) conditions.push(Prisma.sql`p.latest_package_id is not null`)
  return Prisma.join(conditions, ' and ')
}

/** The columns that lists of plugins are ordered by. */
const COLUMNS: Record<string, Prisma.Sql> = {
  id: Prisma.sql`p.id`,
  rank: Prisma.sql`m.rank`,
  name: Prisma.sql`p.name`,
  updatedAt: Prisma.sql`p.updated_at`,
  installCount: Prisma.sql`p.install_count`,
  averageRating: Prisma.sql`p.average_rating`,
}

/** Where the rank is one of the outer table's columns, it is read from there. */
function columnSql(field: string, outer?: 'p'): Prisma.Sql {
  return outer === 'p' && field === 'rank' ? Prisma.sql`p.rank` : COLUMNS[field]!
}

function orderSql({ order, backward }: Page, outer?: 'p'): Prisma.Sql {
  return Prisma.join(
    order.columns.map(({ field, direction }) =>
      (direction === 'asc') !== backward
        ? Prisma.sql`${columnSql(field, outer)} asc`
        : Prisma.sql`${columnSql(field, outer)} desc`,
    ),
    ', ',
  )
}

/** As `keysetWhere`, in SQL. */
function behindSql({ order, backward, boundary }: Page): Prisma.Sql {
  if (boundary === null) return Prisma.sql`true`
  const alternatives = order.columns.map(({ field, direction }, index) => {
    const value = valueSql(field, boundary[index])
    const behind =
      (direction === 'asc') !== backward
        ? Prisma.sql`${columnSql(field)} > ${value}`
        : Prisma.sql`${columnSql(field)} < ${value}`
    const equal = order.columns
      .slice(0, index)
      .map((column, at) => Prisma.sql`${columnSql(column.field)} = ${valueSql(column.field, boundary[at])}`)
    return Prisma.sql`(${Prisma.join([...equal, behind], ' and ')})`
  })
  return Prisma.sql`(${Prisma.join(alternatives, ' or ')})`
}

/** Parameters come without a type: each is told that of its column. */
function valueSql(field: string, value: unknown): Prisma.Sql {
  if (field === 'id') return Prisma.sql`${value}::uuid`
  if (field === 'name') return Prisma.sql`${value}`
  if (field === 'updatedAt') return Prisma.sql`${value}::timestamptz`
  return Prisma.sql`${value}::float8`
}
