import type { Manifest } from '../../archive/manifest.ts'
import { builder } from '../../graphql/builder.ts'
import type { JsonObject } from '../../lib/json.ts'

/** What one installation's manifest adds to its host. */
interface Contributing {
  pluginId: string
  manifest: Manifest
}

type Contributed<Key extends keyof Manifest['contributes']> = Manifest['contributes'][Key][number] & {
  pluginId: string
}

const pluginField = { type: 'Plugin' } as const

const NavigationItem = builder.objectRef<Contributed<'navigation'>>('NavigationItem').implement({
  fields: (t) => ({
    label: t.exposeString('label'),
    url: t.exposeString('url'),
    icon: t.exposeString('icon', { nullable: true }),
    order: t.exposeInt('order'),
    plugin: t.prismaField({
      ...pluginField,
      resolve: (query, { pluginId }, _args, { app }) =>
        app.database.prisma.plugin.findUniqueOrThrow({ ...query, where: { id: pluginId } }),
    }),
  }),
})

const DashboardWidget = builder.objectRef<Contributed<'dashboardWidgets'>>('DashboardWidget').implement({
  fields: (t) => ({
    title: t.exposeString('title'),
    source: t.exposeString('source', {
      description: "Route of the plugin that answers with the widget's data or HTML.",
    }),
    order: t.exposeInt('order'),
    plugin: t.prismaField({
      ...pluginField,
      resolve: (query, { pluginId }, _args, { app }) =>
        app.database.prisma.plugin.findUniqueOrThrow({ ...query, where: { id: pluginId } }),
    }),
  }),
})

const ThemeContribution = builder.objectRef<Contributed<'themes'>>('ThemeContribution').implement({
  fields: (t) => ({
    key: t.exposeString('key'),
    title: t.exposeString('title'),
    tokens: t.field({ type: 'JSON', resolve: (theme): JsonObject => theme.tokens }),
    plugin: t.prismaField({
      ...pluginField,
      resolve: (query, { pluginId }, _args, { app }) =>
        app.database.prisma.plugin.findUniqueOrThrow({ ...query, where: { id: pluginId } }),
    }),
  }),
})

interface RouteRow {
  method: string
  path: string
  permission: string | null
  slug: string
}

const Route = builder.objectRef<RouteRow>('Route').implement({
  fields: (t) => ({
    method: t.exposeString('method'),
    path: t.exposeString('path'),
    url: t.string({
      description: 'Public address below /ext.',
      resolve: (route) => `/ext/${route.slug}${route.path}`,
    }),
    permission: t.exposeString('permission', { nullable: true }),
  }),
})

export const ContributionsType = builder.objectRef<Contributing>('Contributions').implement({
  fields: (t) => ({
    navigation: t.field({ type: [NavigationItem], resolve: (from) => contributed(from, 'navigation') }),
    dashboardWidgets: t.field({
      type: [DashboardWidget],
      resolve: (from) => contributed(from, 'dashboardWidgets'),
    }),
    themes: t.field({ type: [ThemeContribution], resolve: (from) => contributed(from, 'themes') }),
    routes: t.field({
      type: [Route],
      resolve: ({ manifest }) => manifest.routes.map((route) => ({ ...route, slug: manifest.id })),
    }),
    permissions: t.stringList({ resolve: ({ manifest }) => manifest.contributes.permissions }),
  }),
})

function contributed<Key extends 'navigation' | 'dashboardWidgets' | 'themes'>(
  { pluginId, manifest }: Contributing,
  key: Key,
): Contributed<Key>[] {
  return manifest.contributes[key].map((item) => ({ ...item, pluginId }))
}
