import DataLoader from 'dataloader'
import type { App } from '../../app.ts'
import type { Actor } from '../../auth/actor.ts'
import { builder } from '../../graphql/builder.ts'
import { loaderOf } from '../../graphql/loaders.ts'
import { Principal, principalOf } from '../../graphql/principal.ts'
import { visiblePlugins } from './policy.ts'

const SEEN_PLUGINS = Symbol('plugins that the viewer sees')

/** Who has to do with a package, and whether it is to be used still. */
builder.prismaObjectFields('Package', (t) => ({
  submittedBy: t.field({
    type: Principal,
    nullable: true,
    select: { submittedById: true },
    resolve: ({ submittedById }) => principalOf(submittedById),
  }),
  heldBy: t.field({
    type: Principal,
    nullable: true,
    description: 'Who holds it in review.',
    select: { heldById: true },
    resolve: ({ heldById }) => principalOf(heldById),
  }),
  deprecated: t.exposeString('deprecated', {
    nullable: true,
    description: 'Why it should not be used any more; null where it may.',
  }),
  replacement: t.field({
    type: 'Plugin' as never,
    nullable: true,
    description: 'The plugin to use in its stead.',
    select: { replacementId: true },
    resolve: async ({ replacementId }, _args, { app, actor, loaders }) =>
      (replacementId === null
        ? null
        : await loaderOf(loaders, SEEN_PLUGINS, () => seenPlugins(app, actor)).load(replacementId)) as never,
  }),
  yankedAt: t.expose('yankedAt', {
    type: 'DateTime',
    nullable: true,
    description: 'Since when it cannot be newly installed; what is installed runs on.',
  }),
  yankReason: t.exposeString('yankReason', { nullable: true }),
}))

builder.prismaObjectField('Submission', 'submitter', (t) =>
  t.field({
    type: Principal,
    nullable: true,
    select: { submitterId: true },
    resolve: ({ submitterId }) => principalOf(submitterId),
  }),
)

/** Plugins by id; null for those that the actor may not see. */
function seenPlugins(app: App, actor: Actor): DataLoader<string, { id: string } | null> {
  return new DataLoader(async (ids) => {
    const rows = await app.database.prisma.plugin.findMany({
      where: { AND: [{ id: { in: [...ids] } }, visiblePlugins(actor)] },
      select: { id: true },
    })
    return ids.map((id) => rows.find((row) => row.id === id) ?? null)
  })
}
