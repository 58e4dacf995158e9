import type { Actor } from '../../auth/actor.ts'
import { reachOf, withinReach } from '../../auth/authorize.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import { builder } from '../../graphql/builder.ts'
import { relatedConnection } from '../../graphql/connection.ts'
import { idOf, optionalIdOf } from '../../graphql/global-id.ts'
import { entityField, mutation, payloadType, type PayloadBase } from '../../graphql/mutation.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { visiblePackages, visiblePlugins } from '../packages/policy.ts'
import { ratePlugin } from './rate-plugin.ts'

/** Ratings that the actor may see: of packages that he sees. */
function visibleRatings(actor: Actor): Prisma.RatingWhereInput {
  return { plugin: visiblePlugins(actor), package: visiblePackages(actor) }
}

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
    site: t.prismaField({
      type: 'Site',
      nullable: true,
      description: 'Where it was tried; null where you may not see that site.',
      select: { siteId: true },
      resolve: (query, { siteId }, _args, { app, actor }) => {
        const selection = { ...query }
        if (siteId === null) return null
        const seen = withinReach(reachOf(actor, 'installations:read'))
        return app.database.prisma.site.findFirst({ ...selection, where: { AND: [{ id: siteId }, seen] } })
      },
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
  input: builder.inputType('RatePluginInput', {
    fields: (t) => ({
      pluginId: t.id({ required: true }),
      rating: t.int({ required: true }),
      comment: t.string(),
      siteId: t.id({
        description: 'Where it was tried: the rating is of the version that is installed there.',
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
