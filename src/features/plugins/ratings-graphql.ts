import DataLoader from 'dataloader'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { relatedConnection } from '../../graphql/connection.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { mutation, mutationInput } from '../../graphql/mutation.ts'
import { entityField, payloadType, type PayloadBase } from '../../graphql/payload.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { visiblePackages, visiblePlugins } from '../packages/policy.ts'
import { visibleSites } from '../tenancy/policy.ts'
import { ratePlugin } from './rate-plugin.ts'

/** Ratings that the actor may see: of packages that he sees. */
function visibleRatings(actor: Actor): Prisma.RatingWhereInput {
  return { plugin: visiblePlugins(actor), package: visiblePackages(actor) }
}

const SEEN_SITES = Symbol('sites that the viewer sees')

builder.prismaNode('Rating', {
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, context) => ({ id, AND: [visibleRatings(context.actor)] }),
  select: { id: true },
  fields: (t) => ({
    plugin: t.relation('plugin'),
    package: t.relation('package', { description: 'The version that was rated.' }),
    rating: t.exposeInt('rating', { description: '1 to 5.' }),
    comment: t.exposeString('comment', { nullable: true }),
    author: t.field({
      type: Principal,
      nullable: true,
      select: { authorId: true },
      resolve: ({ authorId }) => principalOf(authorId),
    }),
    site: t.field({
      type: 'Site' as never,
      nullable: true,
      description: 'Where it was tried; null where you may not see that site.',
      select: { siteId: true },
      resolve: async ({ siteId }, _args, { app, actor, loaders }) =>
        (siteId === null
          ? null
          : await loaderOf(loaders, SEEN_SITES, () => seenSites(app, actor)).load(siteId)) as never,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
  }),
})

builder.prismaObjectFields('Plugin', (t) => ({
  averageRating: t.float({
    nullable: true,
    description: 'Of all ratings, 1 to 5; null where there are none.',
    select: { averageRating: true, ratingCount: true },
    resolve: ({ averageRating, ratingCount }) => (ratingCount === 0 ? null : averageRating),
  }),
  ratingCount: t.exposeInt('ratingCount'),
}))

relatedConnection('Plugin', 'ratings', {
  description: 'One of each principal, newest first.',
  node: 'Rating',
  model: 'rating',
  ofParent: (pluginId) => ({ pluginId }),
  where: (_args, { actor }) => visibleRatings(actor),
})

const RatePluginPayload = payloadType<PayloadBase & { ratingId?: string; pluginId?: string }>(
  'RatePluginPayload',
  (t) => ({
    rating: entityField(t, 'Rating', 'rating', (payload) => payload.ratingId),
    plugin: entityField(t, 'Plugin', 'plugin', (payload) => payload.pluginId),
  }),
)

mutation('ratePlugin', {
  description: 'Rates a plugin, 1 to 5; rating again changes the rating.',
  input: mutationInput('RatePluginInput', {
    fields: (t) => ({
      pluginId: t.id({ required: true }),
      rating: t.int({ required: true }),
      comment: t.string(),
      siteId: t.id({
        description:
          'Where it was tried: the rating is of the version that is installed there, else of the latest.',
      }),
    }),
  }),
  payload: RatePluginPayload,
  run: async (input, { app, actor }) => {
    const pluginId = idOf('Plugin', input.pluginId)
    const ratingId = await ratePlugin(app, actor, {
      pluginId,
      rating: input.rating,
      comment: input.comment ?? undefined,
      siteId: optionalIdOf('Site', input.siteId),
    })
    return { ratingId, pluginId }
  },
})

/** Sites by id, all of a request in one query; null for those that the actor may not see. */
function seenSites(app: App, actor: Actor): DataLoader<string, { id: string } | null> {
  return new DataLoader(async (ids) => {
    const rows = await app.database.prisma.site.findMany({
      where: { AND: [{ id: { in: [...ids] } }, visibleSites(actor)] },
      select: { id: true },
    })
    return ids.map((id) => rows.find((row) => row.id === id) ?? null)
  })
}
