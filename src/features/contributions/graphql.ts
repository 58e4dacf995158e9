import type { Manifest } from '../../archive/manifest.ts'
import { builder } from '../../graphql/builder.ts'
import { idOf } from '../../graphql/global-id.ts'
import { ContributionsType } from './types-graphql.ts'
import { mergeContributions } from './merge-contributions.ts'
import { siteContributions } from './site-contributions.ts'

builder.queryField('contributions', (t) =>
  t.field({
    type: ContributionsType,
    description: 'What all plugins that run at a site add there, merged in order.',
    args: { siteId: t.arg.id({ required: true }) },
    resolve: (_root, args, { app, actor }) => siteContributions(app, actor, idOf('Site', args.siteId)),
  }),
)

builder.prismaObjectField('Installation', 'contributions', (t) =>
  t.field({
    type: ContributionsType,
    description: "What the plugin adds to the host's user interface and API, where it runs.",
    select: {
      pluginId: true,
      plugin: { select: { slug: true } },
      package: { select: { manifest: true, grantedPermissions: true } },
    },
    resolve: (row) =>
      mergeContributions([
        {
          pluginId: row.pluginId,
          slug: row.plugin.slug,
          manifest: row.package.manifest as unknown as Manifest,
          granted: (row.package.grantedPermissions as string[] | null) ?? [],
        },
      ]),
  }),
)
