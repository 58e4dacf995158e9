import type { Actor } from '../../auth/actor.ts'
import { requireSomewhere } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { rootConnection } from '../../graphql/connection.ts'
import type { Order } from '../../graphql/page.ts'
import { RequestError } from '../../lib/errors.ts'
import { RELEASE_END } from '../../lib/version-key.ts'
import { visiblePackages, visiblePlugins } from '../packages/policy.ts'
import { PluginTypeEnum } from './graphql.ts'
import { searchPlugins } from './search-graphql.ts'

/** Longer texts are pasted by mistake. */
const MAX_SEARCH = 500

type OrderName = 'RELEVANCE' | 'NAME_ASC' | 'INSTALLS_DESC' | 'RATING_DESC' | 'UPDATED_DESC'

const ORDERS: Record<OrderName, Order> = {
  RELEVANCE: {
    name: 'relevance',
    columns: [
      { field: 'rank', direction: 'desc', type: 'number', computed: true },
      { field: 'id', direction: 'desc' },
    ],
  },
  NAME_ASC: {
    name: 'name',
    columns: [
      { field: 'name', direction: 'asc' },
      { field: 'id', direction: 'asc' },
    ],
  },
  INSTALLS_DESC: {
    name: 'installs',
    columns: [
      { field: 'installCount', direction: 'desc', type: 'integer' },
      { field: 'id', direction: 'desc' },
    ],
  },
  RATING_DESC: {
    name: 'rating',
    columns: [
      { field: 'averageRating', direction: 'desc', type: 'number' },
      { field: 'id', direction: 'desc' },
    ],
  },
  UPDATED_DESC: {
    name: 'updated',
    columns: [
      { field: 'updatedAt', direction: 'desc', type: 'time' },
      { field: 'id', direction: 'desc' },
    ],
  },
}

const PluginOrder = builder.enumType('PluginOrder', {
  description: 'RELEVANCE goes with `search`, and is the order where that is given.',
  values: Object.keys(ORDERS) as OrderName[],
})

const PluginFilter = builder.inputType('PluginFilter', {
  fields: (t) => ({
    search: t.string({
      description:
        'Words or their beginnings, in name, keywords, description and author; forgives typing errors in names.',
    }),
    type: t.field({ type: [PluginTypeEnum] }),
    enabled: t.boolean(),
    keyword: t.string(),
    approvedOnly: t.boolean({ description: 'Only plugins with an approved release that you may see.' }),
  }),
})

rootConnection('plugins', {
  description: 'The catalogue.',
  node: 'Plugin',
  model: 'plugin',
  args: (arg) => ({ filter: arg({ type: PluginFilter }), orderBy: arg({ type: PluginOrder }) }),
  order: ({ filter, orderBy }) => {
    const searched = isSearched(filter?.search)
    if (orderBy === 'RELEVANCE' && !searched) {
      throw new RequestError(
        'BAD_USER_INPUT',
        'RELEVANCE is an order of what was searched for: give `filter.search`.',
      )
    }
    return ORDERS[orderBy ?? (searched ? 'RELEVANCE' : 'NAME_ASC')]
  },
  where: ({ filter }, { actor }) => {
    requireSomewhere(actor, 'plugins:read')
    return {
      AND: [
        visiblePlugins(actor),
        filter?.type ? { type: { in: filter.type } } : {},
        typeof filter?.enabled === 'boolean' ? { enabled: filter.enabled } : {},
        filter?.keyword ? { keywords: { has: filter.keyword } } : {},
        filter?.approvedOnly ? releasedPlugins(actor) : {},
      ],
    }
  },
  ranked: ({ filter }, { app, actor }, page) => {
    requireSomewhere(actor, 'plugins:read')
    if (!isSearched(filter?.search)) return null
    if (filter.search.length > MAX_SEARCH) {
      throw new RequestError('BAD_USER_INPUT', `\`search\` has at most ${MAX_SEARCH} characters.`)
    }
    return searchPlugins(
      app,
      actor,
      {
        text: filter.search,
        types: filter.type ?? undefined,
        enabled: filter.enabled ?? undefined,
        keyword: filter.keyword || undefined,
        approvedOnly: filter.approvedOnly ?? undefined,
      },
      page,
    )
  },
})

/**
 * Plugins of which the actor may see an approved release: one that is no prerelease and not yanked. The latest of all
 * would tell of registries that he may not know of. `releasedPluginsSql` is its twin.
 */
function releasedPlugins(actor: Actor): Prisma.PluginWhereInput {
  const release = { status: 'APPROVED' as const, yankedAt: null, versionKey: { endsWith: RELEASE_END } }
  return { packages: { some: { AND: [visiblePackages(actor), release] } } }
}

/** An empty search field in a form looks for nothing in particular. */
function isSearched(search: string | null | undefined): search is string {
  return search !== null && search !== undefined && search.trim() !== ''
}
