import type { App } from '../../app.ts'
import { installableSql } from '../packages/policy-sql.ts'
import { contributedNames, type Exclusive } from './contributed-names.ts'
import type { Candidate, PackageSource, Version } from './resolve-plan.ts'

/** Plugins that are read ahead for one plan; what needs more reads the rest as it comes by it. */
const MAX_AHEAD = 200

/**
 * What a site can have from the registries. With the first plugins asked for, all is read that their newest versions
 * need, transitively, and what these ask for: most plans are made of nearly these, and each further query takes longer
 * than what it reads. The rest is read as the plan comes by it. Manifests stay in the database but for the few values
 * that bind others.
 */
export function packageSource(app: App, site: { id: string; organizationId: string }): PackageSource {
  const versions = new Map<string, Version[]>()
  const candidates = new Map<string, Candidate>()
  const readDetails = async (packageIds: readonly string[]): Promise<void> => {
    for (const it of await readCandidates(app, packageIds)) candidates.set(it.packageId, it)
  }
  const read = async (slugs: readonly string[]): Promise<Map<string, Version[]>> => {
    const found = Map.groupBy(await readVersions(app, site, slugs), (it) => it.slug)
    for (const slug of slugs) versions.set(slug, found.get(slug) ?? [])
    return found
  }
  return {
    versionsOf: async (slugs) => {
      const unread = slugs.filter((it) => !versions.has(it))
      if (versions.size === 0) {
        const ahead = await readNeeded(app, site, unread)
        const found = await read([...new Set([...unread, ...ahead])])
        await readDetails([...found.values()].map((all) => all[0]!.packageId))
      } else if (unread.length > 0) await read(unread)
      return new Map(slugs.map((slug) => [slug, versions.get(slug)!]))
    },
    detailsOf: async (packageIds) => {
      const unread = packageIds.filter((it) => !candidates.has(it))
      if (unread.length > 0) await readDetails(unread)
      return new Map(packageIds.map((id) => [id, candidates.get(id)!]))
    },
  }
}

/** Slugs that the newest versions need, transitively. */
async function readNeeded(
  { database }: App,
  site: { id: string; organizationId: string },
  slugs: readonly string[],
): Promise<string[]> {
  const rows = await database.prisma.$queryRaw<{ slug: string }[]>`
    with recursive needed (slug) as (
      select unnest(${slugs}::text[])
      union
      select d.slug from needed n join plugin p on p.slug = n.slug and p.enabled
        cross join lateral (
          select k.id from package k join registry r on r.id = k.registry_id
          where k.plugin_id = p.id and ${installableSql(site)}
          order by k.version_key desc limit 1) newest
        join package_dependency d on d.package_id = newest.id and not d.optional)
    select slug from needed limit ${MAX_AHEAD}`
  return rows.map((row) => row.slug)
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
    contributes: contributedNames({ modules, views, themes, hooks }),
  }))
}

interface Row extends Omit<Candidate, 'conflicts' | 'contributes'>, Exclusive {
  conflicts: Record<string, string>
}
