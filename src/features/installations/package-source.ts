import type { App } from '../../app.ts'
import { installableSql } from '../packages/policy-sql.ts'
import type { Candidate, PackageSource, Version } from './resolve-plan.ts'

/**
 * What a site can have from the registries, read for the plugins that a plan comes by: their versions in one query a
 * level, and of the versions that are tried what they ask for. Manifests stay in the database but for the few values
 * that bind others.
 */
export function packageSource(app: App, site: { id: string; organizationId: string }): PackageSource {
  return {
    versionsOf: async (slugs) => Map.groupBy(await readVersions(app, site, slugs), (it) => it.slug),
    detailsOf: async (packageIds) => {
      const candidates = await readCandidates(app, packageIds)
      return new Map(candidates.map((it) => [it.packageId, it]))
    },
  }
}

/** A plugin a row: what all its versions share is not said with each of them. */
async function readVersions(
  { database }: App,
  site: { id: string; organizationId: string },
  slugs: readonly string[],
): Promise<Version[]> {
  const rows = await database.prisma.$queryRaw<
    { slug: string; plugin_id: string; ids: string[]; versions: string[] }[]
  >`
    select p.slug, p.id::text as plugin_id,
      array_agg(k.id::text order by k.version_key desc) as ids,
      array_agg(k.version order by k.version_key desc) as versions
    from plugin p join package k on k.plugin_id = p.id join registry r on r.id = k.registry_id
    where p.slug = any(${slugs}) and p.enabled and ${installableSql(site)}
    group by p.id`
  return rows.flatMap(({ slug, plugin_id: pluginId, ids, versions }) =>
    ids.map((packageId, at) => ({ packageId, pluginId, slug, version: versions[at]! })),
  )
}

/** Packages with what they ask for, whatever their state is. */
export async function readCandidates({ database }: App, packageIds: readonly string[]): Promise<Candidate[]> {
  const rows = await database.prisma.$queryRaw<Row[]>`
    select k.id::text as "packageId", k.plugin_id::text as "pluginId", p.slug, k.version,
      k.manifest #>> '{engines,host}' as "hostRange",
      coalesce(k.manifest -> 'conflicts', '{}') as conflicts,
      jsonb_path_query_array(k.manifest, '$.contributes.modules[*].key') as modules,
      jsonb_path_query_array(k.manifest, '$.contributes.views[*].path') as views,
      jsonb_path_query_array(k.manifest, '$.contributes.themes[*].key') as themes,
      jsonb_path_query_array(k.manifest, '$.contributes.hooks[*]') as hooks,
      coalesce((select jsonb_agg(jsonb_build_object('slug', d.slug, 'range', d.range, 'optional', d.optional))
        from package_dependency d where d.package_id = k.id), '[]') as dependencies
    from package k join plugin p on p.id = k.plugin_id
    where k.id = any(${packageIds}::uuid[])`
  return rows.map(({ conflicts, modules, views, themes, hooks, ...row }) => ({
    ...row,
    conflicts: Object.entries(conflicts).map(([slug, range]) => ({ slug, range })),
    contributes: [
      ...modules.map((key) => `module "${key}"`),
      ...views.map((path) => `view "${path}"`),
      ...themes.map((key) => `theme "${key}"`),
      ...hooks.map((name) => `extension point "${name}"`),
    ],
  }))
}

interface Row extends Omit<Candidate, 'conflicts' | 'contributes'> {
  conflicts: Record<string, string>
  modules: string[]
  views: string[]
  themes: string[]
  hooks: string[]
}
