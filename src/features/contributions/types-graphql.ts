import { builder } from '../../graphql/builder.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Contributions } from './merge-contributions.ts'

type Item<Key extends Exclude<keyof Contributions, 'permissions'>> = Contributions[Key][number]

/** A type of contribution, with the plugin that it comes from. */
function contributionRef<T extends { pluginId: string }>(name: string) {
  const ref = builder.objectRef<T>(name)
  builder.objectField(ref, 'plugin', (t) =>
    t.prismaField({
      type: 'Plugin',
      resolve: (query, { pluginId }, _args, { app }) =>
        app.database.prisma.plugin.findUniqueOrThrow({ ...query, where: { id: pluginId } }),
    }),
  )
  return ref
}

/** Where a plugin's own route answers. */
function addressOf({ slug }: { slug: string }, path: string): string {
  return `/ext/${slug}${path}`
}

const NavigationItem = contributionRef<Item<'navigation'>>('NavigationItem').implement({
  fields: (t) => ({
    label: t.exposeString('label'),
    url: t.exposeString('url'),
    icon: t.exposeString('icon', { nullable: true }),
    order: t.exposeInt('order'),
  }),
})

const DashboardWidget = contributionRef<Item<'dashboardWidgets'>>('DashboardWidget').implement({
  fields: (t) => ({
    title: t.exposeString('title'),
    source: t.exposeString('source', {
      description: "Route of the plugin that answers with the widget's data or HTML.",
    }),
    sourceUrl: t.string({
      description: 'The public address of `source`, below /ext.',
      resolve: (widget) => addressOf(widget, widget.source),
    }),
    order: t.exposeInt('order'),
  }),
})

const UiView = contributionRef<Item<'views'>>('UiView').implement({
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where the host shows it.' }),
    title: t.exposeString('title'),
    source: t.exposeString('source', { description: 'Route of the plugin that answers with the view.' }),
    sourceUrl: t.string({
      description: 'The public address of `source`, below /ext.',
      resolve: (view) => addressOf(view, view.source),
    }),
  }),
})

const ModuleContribution = contributionRef<Item<'modules'>>('ModuleContribution').implement({
  fields: (t) => ({
    key: t.exposeString('key'),
    title: t.exposeString('title'),
    extends: t.exposeString('extends', {
      nullable: true,
      description: 'Key of the host module that it extends; null where it is a new one.',
    }),
  }),
})

const ThemeContribution = contributionRef<Item<'themes'>>('ThemeContribution').implement({
  fields: (t) => ({
    key: t.exposeString('key'),
    title: t.exposeString('title'),
    tokens: t.field({ type: 'JSON', resolve: (theme): JsonObject => theme.tokens }),
  }),
})

const Route = builder.objectRef<Item<'routes'>>('Route').implement({
  fields: (t) => ({
    method: t.exposeString('method'),
    path: t.exposeString('path'),
    url: t.string({
      description: 'Public address below /ext.',
      resolve: (route) => addressOf(route, route.path),
    }),
    permission: t.exposeString('permission', { nullable: true }),
  }),
})

/** What plugins add to the host's user interface and API. */
export const ContributionsType = builder.objectRef<Contributions>('Contributions').implement({
  fields: (t) => ({
    navigation: t.field({ type: [NavigationItem], resolve: (all) => all.navigation }),
    dashboardWidgets: t.field({ type: [DashboardWidget], resolve: (all) => all.dashboardWidgets }),
    views: t.field({ type: [UiView], resolve: (all) => all.views }),
    modules: t.field({ type: [ModuleContribution], resolve: (all) => all.modules }),
    themes: t.field({ type: [ThemeContribution], resolve: (all) => all.themes }),
    routes: t.field({ type: [Route], resolve: (all) => all.routes }),
    permissions: t.stringList({ resolve: (all) => all.permissions }),
  }),
})
