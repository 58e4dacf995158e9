import type { Manifest } from '../../archive/manifest.ts'

/** A plugin that adds to its host. */
export interface Contributor {
  pluginId: string
  slug: string
  manifest: Manifest
  /** Permissions that the review granted: without `ui:modify` it adds nothing to the interface. */
  granted: readonly string[]
}

type Lists = Manifest['contributes']
type Placed = { pluginId: string; slug: string }

/** What several plugins add, as one. */
export interface Contributions {
  navigation: (Lists['navigation'][number] & Placed)[]
  dashboardWidgets: (Lists['dashboardWidgets'][number] & Placed)[]
  views: (Lists['views'][number] & Placed)[]
  modules: (Lists['modules'][number] & Placed)[]
  themes: (Lists['themes'][number] & Placed)[]
  routes: (Manifest['routes'][number] & Placed)[]
  permissions: string[]
}

/**
 * Merges what plugins add. Navigation and widgets stand by their `order`; all else, and what has the same, in the order of
 * the plugins, which is that of their dependencies: an extension comes after the module that it extends.
 */
export function mergeContributions(contributors: readonly Contributor[]): Contributions {
  const from = <T extends object>(
    permission: string | null,
    listOf: (manifest: Manifest) => readonly T[],
  ): (T & Placed)[] =>
    contributors.flatMap(({ pluginId, slug, manifest, granted }) =>
      permission === null || granted.includes(permission)
        ? listOf(manifest).map((item) => ({ ...item, pluginId, slug }))
        : [],
    )
  const byOrder = (a: { order: number }, b: { order: number }): number => a.order - b.order
  return {
    navigation: from('ui:modify', ({ contributes }) => contributes.navigation).sort(byOrder),
    dashboardWidgets: from('ui:modify', ({ contributes }) => contributes.dashboardWidgets).sort(byOrder),
    views: from('ui:modify', ({ contributes }) => contributes.views),
    modules: from('modules:extend', ({ contributes }) => contributes.modules),
    themes: from('ui:modify', ({ contributes }) => contributes.themes),
    routes: from('routes:serve', ({ routes }) => routes),
    permissions: [
      ...new Set(contributors.flatMap(({ manifest }) => manifest.contributes.permissions)),
    ].sort(),
  }
}
